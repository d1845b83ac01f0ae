package recording

import (
	"time"

	"roadline/fmc/cause"
)

// Balance is who spoke how long on a recording, as its peaks tell.
type Balance struct {
	Client, Employee  time.Duration // one of them alone
	Both              time.Duration // at once
	Silence           time.Duration
	ClientLongest     time.Duration // the longest time that the client had the word; see turnOver
	EmployeeLongest   time.Duration
	ClientLongestAt   time.Duration // since the recording's beginning
	EmployeeLongestAt time.Duration
}

// Length is how long the recording is.
func (b Balance) Length() time.Duration { return b.Client + b.Employee + b.Both + b.Silence }

const (
	peakLasts = time.Second / peaksRate
	// spoken is from which peak on somebody speaks: 1/32 of full scale, which lies above the noise of lines that we recorded
	// and below quiet speech.
	spoken = 4
	// breath is how long a pause between two words is not silence yet.
	breath = 4 // peaks
	// turnOver is how long the other side speaks until the word is theirs: less is a "yes" in between.
	turnOver = 10 // peaks
)

// BalanceOf reads the balance of a recording out of its peaks, as Peaks encodes them. What is none is cause.Unsupported.
func BalanceOf(peaks []byte) (Balance, error) {
	if len(peaks) < peaksHeader || peaks[0] != peaksVersion || peaks[1] != peaksRate || peaks[2] != 2 || (len(peaks)-peaksHeader)%2 != 0 {
		return Balance{}, cause.Errorf(cause.Unsupported, "these are no peaks of a recording of two channels")
	}
	half := (len(peaks) - peaksHeader) / 2
	client, employee := speech(peaks[peaksHeader:peaksHeader+half]), speech(peaks[peaksHeader+half:])
	var b Balance
	var client1, employee1 turn
	for i := range half {
		at := time.Duration(i) * peakLasts
		switch {
		case client[i] && employee[i]:
			b.Both += peakLasts
		case client[i]:
			b.Client += peakLasts
		case employee[i]:
			b.Employee += peakLasts
		default:
			b.Silence += peakLasts
		}
		client1.hear(at, client[i], employee[i])
		employee1.hear(at, employee[i], client[i])
	}
	b.ClientLongest, b.ClientLongestAt = client1.longest, client1.longestAt
	b.EmployeeLongest, b.EmployeeLongestAt = employee1.longest, employee1.longestAt
	return b, nil
}

// speech says of each peak of a side whether the side speaks there; short pauses between words are speech.
func speech(side []byte) []bool {
	speaks, last := make([]bool, len(side)), -1
	for i, p := range side {
		if p < spoken {
			continue
		}
		if last >= 0 && i-last <= breath {
			for j := last + 1; j < i; j++ {
				speaks[j] = true
			}
		}
		speaks[i], last = true, i
	}
	return speaks
}

// turn follows how long one side has the word: from when it begins to speak until the other side has spoken for turnOver.
type turn struct {
	has                bool
	from, to           time.Duration // of the word that the side has: it spoke last until to
	others             int           // peaks for which the other side spoke since
	longest, longestAt time.Duration
}

func (t *turn) hear(at time.Duration, speaks, other bool) {
	switch {
	case speaks && !t.has:
		t.has, t.from, t.others = true, at, 0
	case speaks && !other:
		t.others = 0
	case other:
		t.others++
	}
	if speaks {
		t.to = at + peakLasts
	}
	if t.has && t.to-t.from > t.longest {
		t.longest, t.longestAt = t.to-t.from, t.from
	}
	if t.others >= turnOver {
		t.has = false
	}
}
