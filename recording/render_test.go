package recording_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roadline/fmc"
	"roadline/fmc/room"
	"roadline/media"
)

// aligned is how far from its time a word may lie in a file that lies beside others.
const aligned = 20 * time.Millisecond

// conference is a client and three persons of the company who talk all at once, on clocks of their own.
func conference(d *desk, tape room.Tape) []*speaker {
	all := []*speaker{
		newParty(d, tape, 1, fmc.Client, fmc.Left, 8001),
		newParty(d, tape, 2, fmc.Worker, fmc.Right, 7999),
		newParty(d, tape, 5, fmc.Worker, fmc.Third, 8000),
		newParty(d, tape, 9, fmc.Client, fmc.Third, 8000),
	}
	for i, s := range all {
		s.base = byte(i)
	}
	return all
}

// holds looks at a file of one party's own: all that they said in its place, and nothing of the others.
func (s *speaker) holds(t *testing.T, d *desk, track fmc.KeptTrack, kept fmc.Kept, spoken time.Duration) {
	t.Helper()
	file := filepath.Join(d.spool, track.File)
	is := s.told(samplesIn(t, file), kept.Opened)
	if is.worst > aligned || is.other > 0 || is.spoken < spoken*99/100 || is.spoken > spoken*101/100 {
		t.Errorf("%s: up to %v from its time, %v of %v there, %d samples of others", track.File, is.worst, is.spoken, spoken, is.other)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(b); track.SHA256 != hex.EncodeToString(sum[:]) || track.Bytes != int64(len(b)) || track.Bytes != 44+2*int64(kept.Length*media.SampleRate/time.Second) {
		t.Errorf("%+v of %d bytes, whose sum is %x", track, len(b), sum)
	}
}

// TestEveryPartyOfAConferenceHasATrackOfTheirOwn: beside the stereo file, aligned with it and with each other.
func TestEveryPartyOfAConferenceHasATrackOfTheirOwn(t *testing.T) {
	const long = 30 * time.Second
	var all []*speaker
	d, got := record(t, func(d *desk, tape room.Tape) {
		all = conference(d, tape)
		together(long, all[:3]...)
		all[3].began, all[3].spoken = 0, int(d.now().Seconds()*media.SampleRate) // the last comes later
		together(long, all...)
	})
	names := []string{"c1-1-client.wav", "c1-2-employee.wav", "c1-3-employee.wav", "c1-4-client.wav"}
	if len(got.Kept.Tracks) != 4 || filepath.Base(got.Kept.File) != "c1.wav" {
		t.Fatalf("%+v", got.Kept)
	}
	for i, track := range got.Kept.Tracks {
		spoken := 2 * long
		if i == 3 {
			spoken = long
		}
		if filepath.Base(track.File) != names[i] || track.Leg != (fmc.LegID{Call: "c1", N: []int{1, 2, 5, 9}[i]}) || track.Role != []fmc.Role{fmc.Client, fmc.Worker, fmc.Worker, fmc.Client}[i] {
			t.Errorf("track %d: %+v", i, track)
		}
		all[i].holds(t, d, track, got.Kept, spoken)
	}
	left, right := channels(t, d.path(got))
	if len(left) != int(got.Kept.Length*media.SampleRate/time.Second) || len(left) != len(right) {
		t.Errorf("%d and %d samples, %v", len(left), len(right), got.Kept.Length)
	}
}

func TestTwoWhoTalkNeedNoTracksOfTheirOwn(t *testing.T) {
	d, got := record(t, func(d *desk, tape room.Tape) {
		client, person := newSpeaker(d, tape, fmc.Left, 8000), newSpeaker(d, tape, fmc.Right, 8000)
		third := newParty(d, tape, 5, fmc.Worker, fmc.Third, 8000) // rung, and gone before they said a word
		together(2*time.Second, client, person)
		_ = third
	})
	files, err := filepath.Glob(filepath.Join(d.spool, "*", "*", "*.wav"))
	if err != nil || len(files) != 1 || len(got.Kept.Tracks) != 0 {
		t.Errorf("files %v, %+v: %v", files, got.Kept.Tracks, err)
	}
}

// TestAConferenceOfAKilledServerHasItsTracks: they come of the tape, not of the call.
func TestAConferenceOfAKilledServerHasItsTracks(t *testing.T) {
	const long = 3 * time.Second
	var all []*speaker
	tape := killed(t, func(d *desk, tape room.Tape) {
		all = conference(d, tape)
		together(long, all...)
	})
	d, got := salvage(t, t.TempDir(), tape)
	if len(got) != 1 || len(got[0].Kept.Tracks) != 4 || !got[0].Kept.Salvage {
		t.Fatalf("%+v", got)
	}
	for i, track := range got[0].Kept.Tracks {
		all[i].holds(t, d, track, got[0].Kept, long)
	}
}

// TestALegThatIsReplacedGoesOnInTheSameFile: a person goes on at another device, a lost one comes back, a call is picked
// up. It is one file, each leg in its time, and what is missing is what lay between the legs.
func TestALegThatIsReplacedGoesOnInTheSameFile(t *testing.T) {
	const long, between = 5 * time.Second, 280 * time.Millisecond
	var client *speaker
	var legs []*speaker
	d, got := record(t, func(d *desk, tape room.Tape) {
		client = newSpeaker(d, tape, fmc.Left, 8000)
		done := make(chan struct{})
		go func() { defer close(done); client.speak(3*long + 2*between) }()
		for n, hertz := range []float64{8000, 8004, 7996} {
			if n > 0 {
				wait(between)
			}
			next := newParty(d, tape, 2+n, fmc.Worker, fmc.Right, hertz)
			next.base, next.stamp = byte(1+n), uint32(n)*1_234_567_891
			legs = append(legs, next)
			next.speak(long)
		}
		<-done
	})
	left, right := channels(t, d.path(got))
	if is := client.told(left, got.Kept.Opened); is.worst > aligned || is.other > 0 || is.spoken < 3*long {
		t.Errorf("the client: %+v", is)
	}
	if len(got.Kept.Gaps) > 0 || len(got.Kept.Tracks) > 0 {
		t.Errorf("%+v", got.Kept)
	}
	for n, leg := range legs {
		begin := time.Duration(n) * (long + between)
		from := int(begin * media.SampleRate / time.Second)
		to := min(from+int((long+between/2)*media.SampleRate/time.Second), len(right))
		is := leg.told(right[from:to], got.Kept.Opened+begin)
		if is.worst > aligned || is.other > 0 || is.spoken < long*99/100 {
			t.Errorf("leg %d: up to %v from its time, %v of %v there, %d samples of others", 2+n, is.worst, is.spoken, long, is.other)
		}
	}
	quiet := 0
	for _, s := range right {
		if s == 0 {
			quiet++
		}
	}
	if silent := time.Duration(quiet) * time.Second / media.SampleRate; silent > 2*between+2*aligned+100*time.Millisecond || silent < 2*between-2*aligned {
		t.Errorf("%v of the person's channel is silent, the legs were %v apart", silent, 2*between)
	}
}

// TestFilesThatCannotAllBeMadeAreMadeLater: nothing half made is left, and the tape stays until everything is there.
func TestFilesThatCannotAllBeMadeAreMadeLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, t.TempDir()).run()
		tape := d.ready("c1")
		together(2*time.Second, conference(d, tape)...)
		obstacle := strings.TrimSuffix(tapes(t, d.spool)[0], ".tape") + "-3-employee.wav.part"
		if err := os.Mkdir(obstacle, 0o700); err != nil {
			t.Fatal(err)
		}
		tape.Close(d.now())
		wait(10 * time.Second)
		files, err := filepath.Glob(filepath.Join(d.spool, "*", "*", "*"))
		if err != nil || len(files) != 2 || len(d.delivered()) > 0 {
			t.Fatalf("files %v, delivered %v: %v", files, d.delivered(), err)
		}
		if err := os.Remove(obstacle); err != nil {
			t.Fatal(err)
		}
		wait(time.Minute)
		d.stop()
		if got := d.one().Kept; len(got.Tracks) != 4 || len(tapes(t, d.spool)) > 0 {
			t.Errorf("%+v, tapes %v", got, tapes(t, d.spool))
		}
	})
}
