package ami

import (
	"os"
	"strings"
	"testing"

	"roadline/fmc/cause"
)

// Whatever a box says, reading ends, and no block is larger than its bounds.
func FuzzWhateverABoxSays(f *testing.F) {
	said, err := os.ReadFile("testdata/tg.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(said))
	f.Add("Response: Follows\r\n--END COMMAND--\r\n\r\n--END SMS EVENT--\r\n\r\n")
	f.Add("Response: Success\nEvent: \n\n:\n\n")
	f.Fuzz(func(t *testing.T, said string) {
		r := newReader(strings.NewReader(said))
		for {
			m, err := r.next()
			if len(m.fields) > mostLines || len(m.Lines) > mostLines {
				t.Fatalf("a block of %d fields and %d lines", len(m.fields), len(m.Lines))
			}
			if err != nil {
				return
			}
			if s, ok := Stands(m, "box"); ok && s.Radio.SignalDBm > -51 && s.Radio.SignalDBm != 0 {
				t.Errorf("a signal of %d dBm", s.Radio.SignalDBm)
			}
		}
	})
}

// A thousand lines may not be a thousand long ones: each port has a connection on which a box may say so much.
func TestABlockIsBounded(t *testing.T) {
	line := strings.Repeat("x", mostBlock/20)
	for name, begins := range map[string]string{"fields": "", "a command": "Response: Follows\r\n"} {
		_, err := newReader(strings.NewReader(begins + strings.Repeat("Name: "+line+"\r\n", 21) + endOfCommand + "\r\n\r\n")).next()
		if cause.KindOf(err) != cause.Invalid {
			t.Errorf("%s of more than %d octets: %v", name, mostBlock, err)
		}
	}
	r := newReader(strings.NewReader(strings.Repeat(strings.Repeat("Name: "+line+"\r\n", 15)+"\r\n", 3)))
	for range 3 { // each has its own bound
		if _, err := r.next(); err != nil {
			t.Error(err)
		}
	}
}
