// The report's look, on screen and on paper.

export const STYLE = `
:root { color-scheme: light; --ink: #1d2733; --muted: #5b6775; --rule: #dfe4ea; --tint: #f5f7f9; --accent: #00598c; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Hiragino Sans", "Hiragino Kaku Gothic ProN", "Yu Gothic", "Meiryo", "Noto Sans JP", "Noto Sans CJK JP", sans-serif; -webkit-text-size-adjust: 100%; }
main { max-width: 1180px; margin: 0 auto; padding: 32px 24px 64px; }
header { border-bottom: 3px solid var(--accent); padding-bottom: 16px; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
header p { margin: 6px 0 0; color: var(--muted); }
nav { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 14px 0 0; font-size: 0.9rem; }
nav a { color: var(--accent); text-decoration: none; white-space: nowrap; }
nav a:hover, nav a:focus { text-decoration: underline; }
main > section { margin-top: 44px; }
h2 { margin: 0 0 6px; font-size: 1.3rem; letter-spacing: -0.005em; }
h3 { margin: 22px 0 8px; font-size: 1.02rem; overflow-wrap: anywhere; }
.lead { margin: 0 0 16px; max-width: 78ch; color: var(--muted); }
.scroll { overflow-x: auto; max-width: 100%; }
.wide { margin: 18px 0; }
.wide .chart { min-width: 760px !important; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 28px; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
figcaption { font-weight: 600; margin-bottom: 8px; overflow-wrap: anywhere; }
.chart { max-width: 720px; }
.wide .chart { max-width: none; }
.chart svg { display: block; width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
.caption { margin: 0 0 4px; color: var(--muted); font-size: 0.88rem; }
th, td { text-align: left; vertical-align: top; padding: 7px 14px 7px 0; border-bottom: 1px solid var(--rule); overflow-wrap: break-word; max-width: 64ch; }
thead th { border-bottom: 1.5px solid var(--ink); font-weight: 600; vertical-align: bottom; overflow-wrap: normal; }
tbody th { font-weight: 600; }
.number { text-align: right; white-space: nowrap; }
th.number:last-child, td.number:last-child { padding-right: 0; }
td small, th small { display: block; color: var(--muted); font-weight: 400; font-size: 0.82rem; white-space: nowrap; }
.note { color: var(--muted); display: inline-block; min-width: 220px; }
.plain { font-weight: 400; }
.table + .table { margin-top: 28px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 210px), 1fr)); gap: 16px; margin: 0; }
.tile { border: 1px solid var(--rule); border-top: 3px solid var(--accent); border-radius: 4px; padding: 14px 16px; break-inside: avoid; }
.tile dt { font-weight: 600; }
.tile dd { margin: 0; }
.tile .value { font-size: 2.1rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile .interval { font-variant-numeric: tabular-nums; }
.tile .meaning { color: var(--muted); font-size: 0.85rem; margin-top: 6px; }
.check { margin: 14px 0; padding: 9px 14px; border-left: 4px solid #009e73; background: var(--tint); }
.check.warning { border-color: #c0392b; background: #fdeeec; }
.matrix { width: auto; min-width: 60%; }
.matrix th, .matrix td { border: 1px solid #fff; padding: 8px 10px; text-align: center; min-width: 62px; }
.matrix thead th { color: var(--muted); font-size: 0.85rem; white-space: nowrap; }
.matrix td { background: var(--tint); }
.matrix td small { color: inherit; }
.matrix .agreed { outline: 2px solid var(--ink); outline-offset: -3px; }
.examples { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(6, 1fr); gap: 20px 16px; }
.examples li { break-inside: avoid; min-width: 0; display: flex; flex-direction: column; font-size: 0.85rem; line-height: 1.35; }
.examples img, .missing { width: 100%; aspect-ratio: 1; object-fit: contain; background: #0d1117; border-radius: 4px; margin-bottom: 6px; }
.missing { display: grid; place-items: center; color: #aab4c0; }
.differs img, .differs .missing { outline: 3px solid #d55e00; outline-offset: -3px; }
.examples b { font-size: 1.05rem; font-variant-numeric: tabular-nums; }
.examples small { color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.examples small[title] { direction: rtl; text-align: left; }
.relabel { margin: 0; padding: 0; list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 24px 22px; }
.relabel li { break-inside: avoid; min-width: 0; display: grid; grid-template-columns: 132px 1fr; gap: 12px; font-size: 0.85rem; line-height: 1.35; }
.relabel li > div { min-width: 0; }
.relabel .pair { display: grid; gap: 6px; align-content: start; }
.relabel img, .relabel .missing { width: 100%; aspect-ratio: 1; object-fit: contain; background: #0d1117; border-radius: 4px; font-size: 0.8rem; }
.relabel b { display: block; font-size: 0.98rem; }
.relabel small { display: block; color: var(--muted); overflow-wrap: anywhere; }
.relabel p { margin: 4px 0 0; }
.nearest { display: grid; grid-template-columns: repeat(3, 1fr); gap: 4px 6px; margin-top: 8px; max-width: 220px; }
.nearest span:first-child { grid-column: 1 / -1; color: var(--muted); }
.nearest figcaption { margin: 0; font-weight: 400; color: var(--muted); font-size: 0.78rem; }
.maps { display: flex; flex-wrap: wrap; gap: 14px; }
.maps figure { width: 168px; display: flex; flex-direction: column; font-size: 0.85rem; line-height: 1.35; overflow-wrap: anywhere; }
.maps img { width: 100%; border-radius: 4px; background: #0d1117; margin-bottom: 4px; }
.maps small { color: var(--muted); }
.explained { border-top: 1px solid var(--rule); padding: 14px 0; break-inside: avoid; }
.neighbours { display: flex; flex-wrap: wrap; gap: 12px 36px; font-size: 0.88rem; }
.neighbours .maps figure { width: 104px; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 14px 0; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
code, pre { font: 0.88em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { margin: 0; padding: 12px 14px; background: var(--tint); border-radius: 4px; white-space: pre-wrap; }
.skipped, .limits { padding-left: 20px; max-width: 84ch; overflow-wrap: anywhere; }
.limits li { margin-bottom: 6px; }
html:lang(ja) body { line-height: 1.7; }
html:lang(ja) .lead { max-width: 52em; }
summary { cursor: pointer; font-weight: 600; margin: 18px 0 10px; }
details + .table { margin-top: 28px; }
.checklist { margin-bottom: 22px; }
.checklist .caption { color: var(--ink); font-weight: 600; font-size: 1rem; }
.checklist table { table-layout: fixed; }
.checklist th, .checklist td { overflow-wrap: anywhere; }
.checklist thead th:first-child { width: 4.5em; }
.checklist thead th:nth-child(2) { width: 30%; }
.checklist thead th:first-child:nth-last-child(2) { width: 30%; }
.checklist thead th:nth-child(2):last-child { width: auto; }
.checklist td:not(:last-child) { font-weight: 600; }
.checklist p { margin: 0 0 4px; }
.status { display: inline-block; margin: 0 0 4px; padding: 0 8px; border-radius: 9px; font-size: 0.82rem; border: 1px solid var(--muted); }
.status.filled { border-color: #009e73; }
.status.part { border-color: #b07800; border-style: dashed; }
.status.open { border-color: #c0392b; border-style: dotted; }
.said .from { color: var(--muted); }
.open { color: #8e2a1f; }
footer { margin-top: 48px; padding-top: 12px; border-top: 1px solid var(--rule); color: var(--muted); font-size: 0.88rem; }
@media (max-width: 900px) { .examples { grid-template-columns: repeat(4, 1fr); } }
@media (max-width: 600px) { main { padding: 20px 16px 40px; } h1 { font-size: 1.5rem; } main > section { margin-top: 34px; } .examples { grid-template-columns: repeat(3, 1fr); gap: 14px 12px; } th, td { padding-right: 10px; } .matrix th, .matrix td { padding: 6px; min-width: 46px; } .matrix thead th { white-space: normal; } .note { min-width: 130px; } }
@media print {
  @page { size: A4; margin: 16mm 14mm 18mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  a { color: inherit; text-decoration: none; }
  .scroll { overflow: visible; }
  .chart, .wide .chart { min-width: 0 !important; }
  .chart { break-inside: avoid; }
  .figures { display: block; }
  .figures > figure { display: inline-block; width: 48%; margin: 0 1% 12px 0; vertical-align: top; }
  .figures > figure:only-child { width: 66%; }
  .examples { grid-template-columns: repeat(6, 1fr); gap: 10px; }
  table, .caption { font-size: 8.5pt; }
  thead { display: table-header-group; }
  th, td { padding: 4px 8px 4px 0; }
  .number, td small, th small { white-space: normal; font-size: 1em; }
  .matrix th, .matrix td { padding: 4px; min-width: 0; }
  .matrix thead th { white-space: normal; font-size: 1em; }
  .tiles { grid-template-columns: repeat(4, 1fr); gap: 8px; }
  .tile { padding: 8px 10px; }
  .tile .value { font-size: 18pt; }
  h2, h3, figcaption, .lead, .caption, summary { break-after: avoid; }
  p, li { orphans: 3; widows: 3; }
  .lead { break-inside: avoid; }
  tr, .check, .tile, .facts dd, .matrix { break-inside: avoid; }
  .checklist .caption { font-size: 9.5pt; }
  .status { font-size: 7.5pt; }
  summary { list-style: none; }
  details::details-content { display: block; content-visibility: visible; }
  main > section { margin-top: 26px; }
  #model-card, #change-control, #claim, #tripod-ai { break-before: page; margin-top: 0; }
}
`;
