package gsmsim_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"roadline/hardware/gsmsim"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A dialogue is a file of lines. "> X" writes X and a return, "! X" is an order to the network's console, "~ X" says by
// which text what follows ends (\r\nOK\r\n where it does not stand), "< X" is all that comes, byte for byte.
func TestEveryFamilySpeaksByteForByte(t *testing.T) {
	for _, model := range gsmsim.Makes() {
		t.Run(model.Name, func(t *testing.T) {
			n := world(t, func(o *gsmsim.Options) {
				o.Now = thatDay()
				o.Pace = 0.01
				o.Timing = gsmsim.Timing{Ring: time.Hour, GiveUp: time.Hour}
			})
			n.Subscriber("+79161234567", gsmsim.Behaviour{After: time.Second})
			n.Subscriber("+79160000000", gsmsim.Behaviour{Does: gsmsim.Busy})
			card := gsmsim.NewCard(1)
			card.PIN, card.PUK = "1234", "12345678"
			d, err := n.Plug(model, card)
			if err != nil {
				t.Fatal(err)
			}
			until(t, "the device has started", d.Started)
			play(t, n, open(t, d.Port(gsmsim.AT)), filepath.Join("testdata", model.Name+".at"))
		})
	}
}

// thatDay is a clock that begins on the same day whenever the test runs.
func thatDay() func() time.Time {
	began, day := time.Now(), time.Date(2026, 10, 22, 10, 31, 0, 0, time.UTC)
	return func() time.Time { return day.Add(time.Since(began)) }
}

func play(t *testing.T, n *gsmsim.Network, l *line, path string) {
	t.Helper()
	script, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	console := &gsmsim.Console{Net: n, Out: t.Output()}
	var out []string
	lines := strings.Split(strings.TrimSuffix(string(script), "\n"), "\n")
	for i, text := range lines {
		sign, rest, _ := strings.Cut(text, " ")
		if sign == "<" || sign == "~" {
			continue
		}
		out = append(out, text)
		switch sign {
		case ">":
			l.write(escaped(rest) + "\r")
		case "!":
			if err := console.Do(rest); err != nil {
				t.Fatal(err)
			}
		default:
			continue
		}
		until := `\r\nOK\r\n`
		if i+1 < len(lines) && strings.HasPrefix(lines[i+1], "~ ") {
			until = lines[i+1][2:]
			out = append(out, lines[i+1])
		}
		got := "< " + moments.ReplaceAllString(strings.Trim(strconv.QuoteToASCII(l.expect(escaped(until))), `"`), "$1......$2")
		out = append(out, got)
		want := ""
		for _, later := range lines[i+1:] {
			if strings.HasPrefix(later, "< ") {
				want = later
				break
			}
		}
		if got != want && !*update {
			t.Errorf("after %s there came\n%s, it should be\n%s", text, got, want)
		}
	}
	if *update {
		write(t, path, strings.Join(out, "\n")+"\n")
	}
}

// moments are the times of day in PDUs: of those of October 22, only the day is compared.
var moments = regexp.MustCompile(`(620122)[0-9]{6}(00)`)

// escaped reads \r, \n and \x1a.
func escaped(s string) string {
	return strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\x1a`, "\x1a", `\x1b`, "\x1b").Replace(s)
}
