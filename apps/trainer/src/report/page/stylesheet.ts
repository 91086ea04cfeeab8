/** How the page looks: dark on white everywhere, and on paper without what only a screen needs. */
export const stylesheet = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 62rem; background: #fff; color: #1a1a1a;
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; border-bottom: 2px solid #1a1a1a; }
p { max-width: 48rem; margin: .4rem 0; }
.made, .notes, small { color: #444; }
nav ul { columns: 3; padding-left: 1.1rem; margin: .8rem 0; }
a { color: #00538a; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .84rem; margin: .7rem 0; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { border-bottom: 1px solid #ccc; padding: .28rem .55rem; text-align: left; vertical-align: top; }
thead th { border-bottom: 1.5px solid #1a1a1a; vertical-align: bottom; }
tbody th { font-weight: 500; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
td small { display: block; font-size: .74rem; white-space: nowrap; }
.marks { font-weight: 700; padding-left: .15rem; white-space: nowrap; }
.notes { font-size: .82rem; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem 1.2rem; }
figure { margin: .5rem 0; min-width: 0; }
figure.full { width: 100%; }
figure.half { width: calc(50% - .6rem); }
figcaption { font-weight: 600; font-size: .92rem; }
figure svg { display: block; width: 100%; height: auto; }
details { font-size: .85rem; }
summary { cursor: pointer; color: #00538a; }
@media screen and (max-width: 44rem) { figure.half { width: 100%; } nav ul { columns: 1; } }
@page { size: A4; margin: 14mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  nav, details { display: none; }
  h2 { break-after: avoid; }
  section.long { break-before: page; }
  figure, tr, caption, .notes { break-inside: avoid; }
  table { font-size: 7.6pt; }
  th, td { padding: .15rem .3rem; }
  thead { display: table-header-group; }
  .table { overflow: visible; }
  a { color: inherit; text-decoration: none; }
}
`;
