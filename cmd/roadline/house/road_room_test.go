package house_test

import (
	"path/filepath"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
)

// TestAConferenceOfThreeKeepsATrackOfEach has three people key the conference's extension: each hears the two others, the
// recording of the room has all of them, and each alone.
func TestAConferenceOfThreeKeepsATrackOfEach(t *testing.T) {
	t.Parallel()
	people := []traveller{newTraveller(t, mobileHz), newTraveller(t, colleagueHz), newTraveller(t, clientHz)}
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN+"conferences: [{id: standup, name: Standup, extension: \"300\", record: true}]\n", people...)})
	var mobiles []*housetest.Peer
	for _, p := range people {
		mobiles = append(mobiles, r.calls(p, accessNumber))
		r.dialTone(p)
		p.Press("300#")
	}
	r.Await("all hear each other", func() bool {
		for i, p := range people {
			for j, other := range people {
				if i != j && !p.hears(other.hertz) {
					return false
				}
			}
		}
		return true
	})
	talkFor(t, 2*time.Second)
	for _, m := range mobiles {
		m.HangUp()
	}
	room := wholeRecord(t, r.Records("acme", 1))
	if room.Recording.State != fmc.TapeReady || len(room.Recording.Kept.Tracks) != 3 {
		t.Fatalf("the recording is %+v", room.Recording)
	}
	for _, track := range room.Recording.Kept.Tracks {
		file := filepath.Join(r.Machine.Recording.Spool, track.File)
		housetest.Opens(t, file)
		voices := 0
		for _, p := range people {
			if housetest.LoudestPCM(housetest.ReadMono(t, file), p.hertz) > heard {
				voices++
			}
		}
		if voices != 1 {
			t.Errorf("%d voices are on the track of leg %s", voices, track.Leg)
		}
	}
}
