package dossier

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/go-analyze/charts"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/finding"
)

// paints are the colours that the chart is drawn in. They stand for those of the page, which the reader's light or dark decides:
// each is replaced by the name of one.
var paints = [...]struct {
	drawn charts.Color
	named string
}{
	{charts.Color{R: 1, G: 0, B: 0, A: 255}, "--critical"},
	{charts.Color{R: 2, G: 0, B: 0, A: 255}, "--high"},
	{charts.Color{R: 3, G: 0, B: 0, A: 255}, "--medium"},
	{charts.Color{R: 4, G: 0, B: 0, A: 255}, "--low"},
	{charts.Color{R: 5, G: 0, B: 0, A: 255}, "--info"},
	{charts.Color{R: 6, G: 0, B: 0, A: 255}, "--muted"},
	{charts.Color{R: 7, G: 0, B: 0, A: 255}, "--line"},
}

// The chart's measures, in the units of its own: it is as wide as there is room.
const (
	chartWidth, chartHeight = 680, 170
	chartText               = 8.5
	mostLabels              = 6
)

// trend draws how many findings were open from day to day, the worst at the bottom. There is nothing to draw of a single day.
func trend(days []assessment.Day) (template.HTML, error) {
	if len(days) < 2 {
		return "", nil
	}
	severities := finding.Severities()
	slices.Reverse(severities)
	data, top := make([][]float64, len(severities)), 0
	labels := make([]string, len(days))
	for i, d := range days {
		for j, severity := range severities {
			data[j] = append(data[j], float64(d.Open.Of(severity)))
		}
		top = max(top, d.Open.Total())
		labels[i] = short(d.Day)
	}
	text := charts.FontStyle{FontSize: chartText, FontColor: paints[5].drawn}
	opt := charts.NewLineChartOptionWithData(data)
	opt.Theme = theme()
	opt.StackSeries, opt.FillOpacity = charts.Ptr(true), 255
	opt.LineStrokeWidth, opt.Symbol = 1, charts.Symbol{Shape: charts.SymbolNone}
	opt.Padding = charts.NewBox(4, 10, 16, 4)
	opt.Legend.Show = charts.Ptr(false)
	opt.XAxis.Labels, opt.XAxis.LabelCount, opt.XAxis.BoundaryGap, opt.XAxis.LabelFontStyle = labels, min(mostLabels, len(days)), charts.Ptr(false), text
	opt.YAxis = []charts.YAxisOption{{Min: charts.Ptr(0.0), LabelFontStyle: text, ValueFormatter: func(v float64) string { return thousands(int(v)) }}}
	step, count := ladder(top)
	opt.YAxis[0].Max, opt.YAxis[0].LabelCount = charts.Ptr(float64(step*count)), count+1
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: chartWidth, Height: chartHeight})
	if err := p.LineChart(opt); err != nil {
		return "", fmt.Errorf("draw the trend: %w", err)
	}
	raw, err := p.Bytes()
	if err != nil {
		return "", fmt.Errorf("draw the trend: %w", err)
	}
	return painted(string(raw)), nil
}

// ladder is how far apart the lines across a chart are, and how many there are above nought, so that the highest reaches the top. Findings
// are whole, and so are its steps: 1, 2 or 5, or tens of them.
func ladder(top int) (step, count int) {
	const most = 5
	top = max(top, 1)
	for tens := 1; ; tens *= 10 {
		for _, n := range []int{1, 2, 5} {
			if step = n * tens; step*most >= top {
				return step, (top + step - 1) / step
			}
		}
	}
}

func theme() charts.ColorPalette {
	series := make([]charts.Color, 0, len(finding.Severities()))
	for _, p := range paints[:len(finding.Severities())] {
		series = append(series, p.drawn)
	}
	return charts.MakeTheme(charts.ThemeOption{
		AxisStrokeColor: paints[6].drawn, AxisSplitLineColor: paints[6].drawn, BackgroundColor: charts.ColorTransparent, TextColor: paints[5].drawn, SeriesColors: series,
	})
}

// painted gives a drawing the colours and the letters of the page. What it shows stands in the table beside it, so that it is hidden from
// those who hear the page read.
func painted(svg string) template.HTML {
	for _, p := range paints {
		svg = strings.ReplaceAll(svg, fmt.Sprintf("rgb(%d,%d,%d)", p.drawn.R, p.drawn.G, p.drawn.B), "var("+p.named+")")
	}
	svg = strings.ReplaceAll(svg, "font-family:'Roboto Medium',sans-serif", "font-family:inherit")
	return template.HTML(strings.Replace(svg, "<svg ", `<svg class="chart" aria-hidden="true" focusable="false" `, 1)) //nolint:gosec // drawn from numbers and days alone
}

// short is "4 Nov".
func short(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return t.Format("2 Jan")
}
