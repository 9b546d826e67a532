export * from './draw.js';
export * from './joint.js';
export * from './presets.js';
export * from './view-graph.js';
