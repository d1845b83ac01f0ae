package recording_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"roadline/fmc"
	"roadline/fmc/room"
	"roadline/media"
	"roadline/recording"
)

// killed returns the bytes of a tape as a server that was killed leaves it.
func killed(t *testing.T, say func(d *desk, tape room.Tape)) []byte {
	t.Helper()
	var left []byte
	synctest.Test(t, func(t *testing.T) {
		d := open(t, t.TempDir()).run()
		say(d, d.ready("c1"))
		wait(time.Second)
		b, err := os.ReadFile(tapes(t, d.spool)[0])
		if err != nil {
			t.Fatal(err)
		}
		left = b
	})
	return left
}

// salvage puts a tape into a spool, starts a recorder on it and returns what it delivers.
func salvage(t *testing.T, spool string, tape []byte) (*desk, []recording.Delivered) {
	t.Helper()
	dir := filepath.Join(spool, "acme", "2026-11-22")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "c1.tape"), tape, 0o600); err != nil {
		t.Fatal(err)
	}
	var d *desk
	synctest.Test(t, func(t *testing.T) {
		d = open(t, spool)
		if n, err := d.Salvage(); n != 1 || err != nil {
			t.Fatalf("%d tapes found: %v", n, err)
		}
		d.run().stop()
	})
	d.t = t
	return d, d.delivered()
}

func TestATapeOfAKilledServerLosesNothingThatWasWritten(t *testing.T) {
	var client, mobile *speaker
	tape := killed(t, func(d *desk, tape room.Tape) {
		client, mobile = newSpeaker(d, tape, fmc.Left, 8000), newSpeaker(d, tape, fmc.Right, 8000)
		tape.Mark(room.Mark{Kind: fmc.SpanTalk, On: true})
		done := make(chan struct{})
		go func() { defer close(done); mobile.speak(5 * time.Second) }()
		client.speak(5 * time.Second)
		<-done
	})
	d, got := salvage(t, t.TempDir(), tape)
	if len(got) != 1 || got[0].Company != "acme" || got[0].Call != "c1" || !got[0].Kept.Salvage {
		t.Fatalf("%+v", got)
	}
	left, right := channels(t, d.path(got[0]))
	a, b := client.told(left, 0), mobile.told(right, 0)
	if a.spoken < 4950*time.Millisecond || b.spoken < 4950*time.Millisecond || a.worst > near || b.worst > near || a.other+b.other > 0 {
		t.Errorf("%+v, %+v", a, b)
	}
	if len(tapes(t, d.spool)) > 0 {
		t.Error("the tape is still there")
	}
	if info, err := os.Stat(d.path(got[0])); err != nil || info.Size() != got[0].Kept.Bytes {
		t.Errorf("%v, %v", info, err)
	}
}

// small is a tape with two sides and a gap in frames of some samples.
func small(t *testing.T) []byte {
	t.Helper()
	return killed(t, func(d *desk, tape room.Tape) {
		for n := range 4 {
			tap := tape.Tap(fmc.LegID{Call: "c1", N: n + 1}, fmc.Client, fmc.Side(n%3))
			wait(500 * time.Millisecond)
			tap.Voice(media.Voice{Payload: bytes.Repeat([]byte{0x80}, 9), At: d.now()})
		}
	})
}

func TestATapeThatIsTornAnywhereGivesWhatIsWhole(t *testing.T) {
	tape := small(t)
	spool := t.TempDir()
	last, nothing, steps := time.Duration(0), 0, 0
	for cut := range len(tape) + 1 {
		d, got := salvage(t, spool, tape[:cut])
		if len(tapes(t, spool)) > 0 {
			t.Fatalf("cut at %d of %d: the tape is still there", cut, len(tape))
		}
		if len(got) == 0 { // the label is not whole: nobody was told that this tape is ready
			nothing++
			if last > 0 {
				t.Fatalf("cut at %d of %d: nothing, where there was something before", cut, len(tape))
			}
			continue
		}
		k := got[0].Kept
		if k.Length < last || got[0].Call != "c1" || k.Bytes != 44+4*int64(k.Length*media.SampleRate/time.Second) {
			t.Fatalf("cut at %d of %d: %+v after %v", cut, len(tape), got[0], last)
		}
		if k.Length > last {
			steps++
			channels(t, d.path(got[0]))
		}
		last = k.Length
	}
	if nothing < 20 || steps != 4 || last < 2*time.Second {
		t.Errorf("%d cuts gave nothing, the length grew %d times, to %v", nothing, steps, last)
	}
}

func TestATapeWithAWrongByteGivesWhatIsBefore(t *testing.T) {
	tape := small(t)
	spool := t.TempDir()
	_, whole := salvage(t, spool, tape)
	unread := 0
	for i := range tape {
		bad := bytes.Clone(tape)
		bad[i] ^= 0x41
		_, got := salvage(t, spool, bad)
		if len(got) == 0 {
			unread++
			for _, x := range tapes(t, spool) { // left for a person to look at
				if err := os.Remove(x); err != nil {
					t.Fatal(err)
				}
			}
			continue
		}
		if got[0].Kept.Length > whole[0].Kept.Length {
			t.Fatalf("a wrong byte at %d makes the tape longer: %v", i, got[0].Kept.Length)
		}
	}
	if unread == 0 || unread > len(tape)/2 {
		t.Errorf("%d of %d wrong bytes made the tape unreadable", unread, len(tape))
	}
}

// FuzzTape reads tapes of any frames: nothing crashes, and no file grows beyond what the frames hold.
func FuzzTape(f *testing.F) {
	sound := func(first byte, n int) []byte {
		return append([]byte{'S', 0, 0, first, 0, 0, 0, 0, 0, 0, 0}, bytes.Repeat([]byte{0x80}, n)...)
	}
	f.Add([]byte(nil), sound(0, 9), []byte{'E', 5, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{'T', 0, 1, 'c', '1', '/', '1'}, sound(200, 300), []byte{'G', 0, 9, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255})
	f.Add([]byte{'S', 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 1}, []byte{'E', 255, 255, 255, 255, 255, 255, 255, 255}, []byte{'G', 9, 255, 255, 255, 255, 255, 255, 255, 255, 1, 1, 1, 1})
	f.Add([]byte{'S', 9}, []byte{'T'}, []byte{'M', '{'})
	spool := f.TempDir()
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		tape := recording.AppendFrame([]byte(recording.TapeMagic), 'L', []byte(`{"company":"acme","call":"c1","began":"2026-11-22T10:00:00Z"}`))
		for _, frame := range [][]byte{a, b, c} {
			if len(frame) == 0 || len(frame) > 60000 {
				continue
			}
			tape = recording.AppendFrame(tape, frame[0], frame[1:])
		}
		if far(a) || far(b) || far(c) {
			return // a place within 200 hours is believed, and 20 GB of silence tells nothing new
		}
		_, got := salvage(t, spool, tape)
		if len(got) != 1 || got[0].Kept.Length < 0 {
			t.Errorf("%+v", got)
		}
	})
}

// far reports whether a frame says, believably, that something lies minutes away.
func far(frame []byte) bool {
	var place []byte
	switch {
	case len(frame) > 11 && frame[0] == 'S':
		place = frame[3:11]
	case len(frame) == 9 && frame[0] == 'E':
		place = frame[1:]
	default:
		return false
	}
	return bytes.Equal(place[4:], make([]byte, 4)) && place[3] > 0
}
