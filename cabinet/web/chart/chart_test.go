package chart_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"roadline/cabinet/web/chart"
)

// elements counts the elements of a picture by name, and fails where it is no XML or has a style or a script.
func elements(t *testing.T, picture string) map[string]int {
	t.Helper()
	all := map[string]int{}
	d := xml.NewDecoder(strings.NewReader(picture))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v: %s", err, picture)
		}
		if e, ok := token.(xml.StartElement); ok {
			all[e.Name.Local]++
			for _, a := range e.Attr {
				if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
					t.Errorf("%s has %s", e.Name.Local, a.Name.Local)
				}
			}
		}
	}
}

const hostile = `"><script>alert(1)</script>`

func TestEveryFigureHasAColumnAndItsLink(t *testing.T) {
	bars := []chart.Bar{{Label: "0", Value: 3, Text: "three", Link: "/calls?a=1&b=2"}, {Label: hostile, Text: hostile, Class: "bad"}, {Value: 1}}
	picture := string(chart.Bars(bars, 1, hostile, 1))
	got := elements(t, picture)
	if got["g"] != 3 || got["a"] != 1 || got["line"] != 1 || got["script"] != 0 || !strings.Contains(picture, "/calls?a=1&amp;b=2") {
		t.Errorf("%v %s", got, picture)
	}
	if got := elements(t, string(chart.Bars(nil, -1, "", 0))); got["svg"] != 1 || got["line"] != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

func TestStepsAreAsLongAsTheirShare(t *testing.T) {
	picture := string(chart.Steps([]chart.Bar{{Label: "came", Value: 100, Text: "100"}, {Label: hostile, Value: 50, Text: "50", Link: "/missed"}, {Label: "none"}}))
	got := elements(t, picture)
	if got["rect"] != 3 || got["a"] != 1 || got["script"] != 0 || !strings.Contains(picture, `width="340"`) || !strings.Contains(picture, `width="170"`) || !strings.Contains(picture, `width="0"`) {
		t.Errorf("%v %s", got, picture)
	}
}

func TestAWeekIsDarkestWhereThereIsMost(t *testing.T) {
	cells := make([][24]chart.Cell, 7)
	cells[1][10] = chart.Cell{Value: 8, Text: "Tuesday", Short: "8", Link: "/calls?dow=2"}
	cells[1][6] = chart.Cell{Value: 0.1, Text: hostile, Short: hostile}
	picture := string(chart.Heat([]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", hostile}, cells))
	got := elements(t, picture)
	if got["g"] != 7*14 || got["a"] != 1 || got["script"] != 0 || strings.Count(picture, `shade s8`) != 1 || strings.Count(picture, `shade s1"`) != 1 {
		t.Errorf("%v %s", got, picture)
	}
	if got := elements(t, string(chart.Heat([]string{"Mon"}, make([][24]chart.Cell, 1)))); got["g"] != 12 {
		t.Errorf("of nothing: %v", got)
	}
}

func TestALineOfDaysHasAPointForEach(t *testing.T) {
	for _, days := range [][]int{nil, {0, 0}, {1, 5, 3}} {
		picture := string(chart.Spark(days))
		if got := elements(t, picture); got["polyline"] != 1 || strings.Count(picture, ",") != len(days) {
			t.Errorf("%v: %s", days, picture)
		}
	}
}

func TestADayIsDrawnAsOnePathForEachKindWithTheHourThatItIs(t *testing.T) {
	all := []chart.Stretch{{From: 0, To: 0.25, Class: "idle"}, {From: 0.25, To: 0.2501, Class: "call"}, {From: 0.2501, To: 0.5, Class: "idle"}, {From: 0.5, To: 0.75, Class: hostile, Text: hostile, Link: "/calls/1"}}
	picture := string(chart.Strip(all, 0.75))
	if got := elements(t, picture); got["path"] != 3 || got["line"] != 1 || got["script"] != 0 || !strings.Contains(picture, `x1="540"`) || !strings.Contains(picture, "M180 0h0.7v14h-0.7z") {
		t.Errorf("%v %s", got, picture)
	}
	picture = string(chart.Day(all, -1))
	if got := elements(t, picture); got["rect"] != 4 || got["a"] != 1 || got["line"] != 0 || got["text"] != 9 || got["title"] != 1 || got["script"] != 0 {
		t.Errorf("%v %s", got, picture)
	}
	if got := elements(t, string(chart.Strip(nil, 2))); got["path"] != 0 || got["line"] != 0 {
		t.Errorf("of nothing: %v", got)
	}
	if got := elements(t, string(chart.Hours())); got["text"] != 9 {
		t.Errorf("hours: %v", got)
	}
}

func TestFiveHundredDaysAreNoLargePage(t *testing.T) {
	var busy []chart.Stretch
	for i := range 200 {
		busy = append(busy, chart.Stretch{From: float64(i) / 200, To: (float64(i) + 0.5) / 200, Class: "call"}, chart.Stretch{From: (float64(i) + 0.5) / 200, To: float64(i+1) / 200, Class: "idle"})
	}
	if size := len(chart.Strip(busy, 1)); size > 12_000 {
		t.Errorf("%d bytes for a line of 200 calls", size)
	}
}

func TestALineFallsToTheDayOfNothingOrOutOfThePicture(t *testing.T) {
	picture := string(chart.Fall(14, 56, "bad", hostile))
	if got := elements(t, picture); got["circle"] != 1 || got["line"] != 10 || got["script"] != 0 || !strings.Contains(picture, `cx="60"`) {
		t.Errorf("%v %s", got, picture)
	}
	if got := elements(t, string(chart.Fall(112, 56, "ok", ""))); got["circle"] != 0 || got["line"] != 10 {
		t.Errorf("beyond the axis: %v", got)
	}
}

func TestASignalThatIsNotKnownLeavesAGap(t *testing.T) {
	for want, levels := range map[int][]int{0: {0, 0}, 1: {-71, -113, -140}, 2: {0, -71, -71, 0, -51}} {
		if got := elements(t, string(chart.Signal(levels))); got["polyline"] != want {
			t.Errorf("%v: %v", levels, got)
		}
	}
}

func TestEveryPartOfAWholeHasItsShare(t *testing.T) {
	picture := string(chart.Shares([]chart.Bar{{Value: 3, Class: "us", Text: hostile}, {Value: 0, Class: "client"}, {Value: 1, Class: "silent"}}))
	if got := elements(t, picture); got["rect"] != 2 || got["title"] != 1 || got["script"] != 0 || !strings.Contains(picture, `x="450"`) {
		t.Errorf("%v %s", got, picture)
	}
	if got := elements(t, string(chart.Shares(nil))); got["svg"] != 1 || got["rect"] != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

func TestWhatIsUsedUpIsDrawnWithWhatIsForeseen(t *testing.T) {
	b := chart.Burned{Totals: []float64{10, 20, 30, 40}, Labels: []string{"1", "2", hostile, "4"}, Today: 2, Least: 35, Top: 50, Most: 30, Text: hostile}
	picture := string(chart.Burn(b))
	if got := elements(t, picture); got["polyline"] != 2 || got["path"] != 1 || got["line"] != 1 || got["script"] != 0 || got["text"] != 1 {
		t.Errorf("%v %s", got, picture)
	}
	if !strings.Contains(picture, `class="used" points="0,142 150,`) || !strings.Contains(picture, `class="foreseen" points="300,`) {
		t.Error(picture)
	}
	b.Most = 0
	if got := elements(t, string(chart.Burn(b))); got["line"] != 0 {
		t.Errorf("with nothing included: %v", got)
	}
	if got := elements(t, string(chart.Burn(chart.Burned{}))); got["svg"] != 1 || got["polyline"] != 2 {
		t.Errorf("of nothing: %v", got)
	}
}
