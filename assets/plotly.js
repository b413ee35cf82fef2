// What charts.py draws, and no more: core brings scatter; tests/test_assets.py holds this list to the charts.
const Plotly = require("plotly.js/lib/core");

Plotly.register([require("plotly.js/lib/bar"), require("plotly.js/lib/heatmap"), require("plotly.js/lib/sankey")]);

module.exports = Plotly;
