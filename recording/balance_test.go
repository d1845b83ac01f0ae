package recording_test

import (
	"errors"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/recording"
)

// peaksOf are peaks of which each letter is a tenth of a second: c the client speaks, e the employee, b both, anything else
// nobody.
func peaksOf(talk string) []byte {
	peaks := []byte{1, 10, 2, 0, 0, 0, 0, 0}
	for _, side := range []rune{'c', 'e'} {
		for _, r := range talk {
			loud := byte(1) // the line's noise
			if r == side || r == 'b' {
				loud = 40
			}
			peaks = append(peaks, loud)
		}
	}
	return peaks
}

const (
	cSecond = "cccccccccc"
	eSecond = "eeeeeeeeee"
	quiet   = ".........."
)

func TestTheBalanceSaysWhoSpokeHowLong(t *testing.T) {
	for name, row := range map[string]struct {
		talk string
		want recording.Balance
	}{
		"nobody": {quiet, recording.Balance{Silence: time.Second}},
		"one after the other": {cSecond + quiet + eSecond + eSecond, recording.Balance{
			Client: time.Second, Employee: 2 * time.Second, Silence: time.Second, ClientLongest: time.Second, EmployeeLongest: 2 * time.Second, EmployeeLongestAt: 2 * time.Second,
		}},
		"a breath is no silence": {"cc..cc", recording.Balance{Client: 600 * time.Millisecond, ClientLongest: 600 * time.Millisecond}},
		"both at once":           {"bbbbb", recording.Balance{Both: 500 * time.Millisecond, ClientLongest: 500 * time.Millisecond, EmployeeLongest: 500 * time.Millisecond}},
		"a yes in between takes nobody's word": {eSecond + "cccc" + eSecond, recording.Balance{
			Client: 400 * time.Millisecond, Employee: 2 * time.Second, EmployeeLongest: 2400 * time.Millisecond, ClientLongest: 400 * time.Millisecond, ClientLongestAt: time.Second,
		}},
		"an answer does": {eSecond + cSecond + eSecond, recording.Balance{
			Client: time.Second, Employee: 2 * time.Second, EmployeeLongest: time.Second, ClientLongest: time.Second, ClientLongestAt: time.Second,
		}},
	} {
		got, err := recording.BalanceOf(peaksOf(row.talk))
		if err != nil || got != row.want || got.Length() != time.Duration(len(row.talk))*time.Second/10 {
			t.Errorf("%s: %+v, want %+v (%v)", name, got, row.want, err)
		}
	}
}

func TestWhatIsNoPeaksHasNoBalance(t *testing.T) {
	for _, peaks := range [][]byte{nil, {1, 10, 2}, {2, 10, 2, 0, 0, 0, 0, 0}, {1, 10, 1, 0, 0, 0, 0, 0}, {1, 10, 2, 0, 0, 0, 0, 0, 7}} {
		if _, err := recording.BalanceOf(peaks); !errors.Is(err, cause.Unsupported) {
			t.Errorf("%v: %v", peaks, err)
		}
	}
}
