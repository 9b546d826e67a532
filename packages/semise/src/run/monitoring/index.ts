export {
  initMonitoring,
  type Monitored,
  type MonitorOptions,
  monitorRun,
} from './monitor.js';
export {
  MONITORING_DEFAULTS,
  type MonitoringSettings,
  type Profile,
  type ProfileOptions,
} from './profile.js';
