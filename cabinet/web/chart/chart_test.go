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
