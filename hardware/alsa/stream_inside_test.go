package alsa

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ramp is a frame of its own, told from others by its first sample.
func ramp(from int16) (f [frameSamples]int16) {
	for i := range f {
		f[i] = from + int16(i)
	}
	return f
}

func TestACardIsSetUpForSpeech(t *testing.T) {
	in, out := newPCM(t, true), newPCM(t, false)
	android(t, in, out)
	if got, want := in.dialogue(), []string{"refine", "refine", "refine", "hw_params", "sw_params", "prepare", "start"}; !slices.Equal(got, want) {
		t.Errorf("capture: %v", got)
	}
	if got, want := out.dialogue(), []string{"refine", "refine", "refine", "hw_params", "sw_params", "prepare"}; !slices.Equal(got, want) {
		t.Errorf("playback: %v", got)
	}
	for _, p := range []*pcm{in, out} {
		if p.period != frameSamples || p.buffer != ring*frameSamples || p.frames != 1 {
			t.Errorf("period %d, buffer %d, %d channels", p.period, p.buffer, p.frames)
		}
	}
	if in.soft.startThreshold != 1 || out.soft.startThreshold != lead*frameSamples || out.soft.stopThreshold != ring*frameSamples || in.soft.availMin != frameSamples {
		t.Errorf("thresholds: %+v, %+v", in.soft, out.soft)
	}
}

func TestFramesComeWholeHoweverTheCardGivesThem(t *testing.T) {
	in, out := newPCM(t, true), newPCM(t, false)
	in.step, in.periods = 64, [2]uint32{64, 1024} // a period of 160 is refused: the kernel chooses another
	s := android(t, in, out)
	if in.period != 64 {
		t.Errorf("period %d", in.period)
	}
	first, second := ramp(1000), ramp(2000)
	both := append(first[:], second[:]...)
	go func() { // ends when all is given; Read waits for it
		for len(both) > 0 {
			n := min(64, len(both))
			in.hear(both[:n]...)
			both = both[n:]
		}
	}()
	for _, want := range [][frameSamples]int16{first, second} {
		var got [frameSamples]int16
		if err := s.Read(&got); err != nil || got != want {
			t.Fatalf("%v, %v", got, err)
		}
	}
}

func TestACardWithTwoChannelsIsFedAndHeardAsOne(t *testing.T) {
	in, out := newPCM(t, true), newPCM(t, false)
	in.channels, out.channels = [2]uint32{2, 2}, [2]uint32{2, 2}
	s := android(t, in, out)
	frame := ramp(100)
	if err := s.Write(&frame); err != nil {
		t.Fatal(err)
	}
	for i, v := range out.ring {
		if v != frame[i/2] || len(out.ring) != 2*frameSamples {
			t.Fatalf("sample %d of %d is %d", i, len(out.ring), v)
		}
	}
	in.hear(out.ring...)
	var got [frameSamples]int16
	if err := s.Read(&got); err != nil || got != frame {
		t.Fatalf("%v, %v", got, err)
	}
}

func TestAStreamThatRanOverIsSetGoingAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := newPCM(t, true), newPCM(t, false)
		s := android(t, in, out)
		in.hear(make([]int16, ring*frameSamples+1)...)
		in.dialogue()
		got, want := ramp(0), ramp(7)
		done := make(chan error, 1)
		go func() { done <- s.Read(&got) }() // ends with the read, which is waited for below
		synctest.Wait()
		if said := in.dialogue(); !slices.Equal(said[:4], []string{"read", "prepare", "start", "read"}) {
			t.Errorf("%v", said)
		}
		in.hear(want[:]...)
		if err := <-done; err != nil || got != want {
			t.Fatalf("%v, %v", got, err)
		}
		if frames, bytes := s.Lost(); frames != 1 || bytes != 0 {
			t.Errorf("lost %d frames, %d bytes", frames, bytes)
		}
	})
}

func TestAStreamThatRanDrySpeaksAgain(t *testing.T) {
	in, out := newPCM(t, true), newPCM(t, false)
	s := android(t, in, out)
	a, b, c := ramp(1), ramp(2), ramp(3)
	for _, f := range []*[frameSamples]int16{&a, &b} {
		if err := s.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	if got := out.play(1 << 16); !slices.Equal(got, append(a[:], b[:]...)) {
		t.Fatal("what was said is not what is played")
	}
	out.dialogue()
	if err := s.Write(&c); err != nil {
		t.Fatal(err)
	}
	if got := out.dialogue(); !slices.Equal(got, []string{"write", "prepare", "write"}) || !slices.Equal(out.ring, c[:]) {
		t.Errorf("%v, %d samples wait", got, len(out.ring))
	}
	if frames, _ := s.Lost(); frames != 0 {
		t.Errorf("lost %d", frames)
	}
}

func TestAFullCardLosesFramesAndNeverAPartOfOne(t *testing.T) {
	in, out := newPCM(t, true), newPCM(t, false)
	s := android(t, in, out)
	write := func(n int16) {
		f := ramp(n * 1000)
		if err := s.Write(&f); err != nil {
			t.Fatal(err)
		}
	}
	for n := range int16(ring) {
		write(n)
	}
	write(10) // no room
	played := out.play(100)
	write(11) // 100 samples of it find room, the rest waits
	write(12) // the rest does not fit: lost
	played = append(played, out.play(60)...)
	write(13) // the rest of 11 goes, and there is no room for this one
	played = append(played, out.play(1<<16)...)
	var want []int16
	for _, n := range []int16{0, 1, 2, 3, 4, 5, 6, 7, 11} {
		f := ramp(n * 1000)
		want = append(want, f[:]...)
	}
	if !slices.Equal(played, want) {
		t.Errorf("%d samples played, %d wanted", len(played), len(want))
	}
	if frames, _ := s.Lost(); frames != 3 {
		t.Errorf("lost %d frames", frames)
	}
}

func TestACardThatIsGoneIsAnError(t *testing.T) {
	in, out := newPCM(t, true), newPCM(t, false)
	s := android(t, in, out)
	in.is("gone")
	out.is("gone")
	var frame [frameSamples]int16
	for tried, err := range map[string]error{"read": s.Read(&frame), "write": s.Write(&frame)} {
		if !errors.Is(err, cause.Unavailable) || !errors.Is(err, unix.ENODEV) || !strings.Contains(err.Error(), "unplugged") {
			t.Errorf("%s: %v", tried, err)
		}
	}
}

func TestAStreamThatBreaksAllTheTimeIsGivenUp(t *testing.T) {
	in, out := newPCM(t, true), newPCM(t, false)
	s := android(t, in, out)
	in.fail[reqRead] = slices.Repeat([]error{unix.EPIPE}, 100)
	out.fail[reqWrite] = slices.Repeat([]error{unix.ESTRPIPE}, 100)
	out.fail[reqPrepare] = []error{nil, unix.EIO}
	var frame [frameSamples]int16
	for tried, err := range map[string]error{"read": s.Read(&frame), "write": s.Write(&frame)} {
		if !errors.Is(err, cause.Unavailable) {
			t.Errorf("%s: %v", tried, err)
		}
	}
	in.fail[reqRead] = []error{unix.EPIPE}
	in.fail[reqPrepare] = []error{unix.EIO}
	if err := s.Read(&frame); !errors.Is(err, unix.EIO) {
		t.Errorf("a stream that cannot be prepared: %v", err)
	}
}

func TestACardWithoutSoundIsAnErrorAfterTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := android(t, newPCM(t, true), newPCM(t, false))
		begin := time.Now()
		var frame [frameSamples]int16
		err := s.Read(&frame)
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.Is(err, cause.Unavailable) || time.Since(begin) != silence {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

func TestCloseEndsARead(t *testing.T) {
	s := android(t, newPCM(t, true), newPCM(t, false))
	done := make(chan error, 1)
	go func() { // ends with the read, which is waited for
		var frame [frameSamples]int16
		done <- s.Read(&frame)
	}()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; !errors.Is(err, os.ErrClosed) || !errors.Is(err, cause.Unavailable) {
		t.Error(err)
	}
}

func TestACardThatCannotSpeakSlowlyIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(in, out *pcm)
		kind  cause.Kind
		text  string
	}{
		"48 kHz only":         {func(_, out *pcm) { out.rates = [2]uint32{48000, 48000} }, cause.Unsupported, "narrow band"},
		"six channels":        {func(in, _ *pcm) { in.channels = [2]uint32{6, 6} }, cause.Unsupported, "narrow band"},
		"gone at refine":      {func(in, _ *pcm) { in.state = "gone" }, cause.Unavailable, "pcmC1D0c"},
		"gone at second look": {func(in, _ *pcm) { in.fail[reqRefine] = []error{nil, unix.ENODEV} }, cause.Unavailable, "pcmC1D0c"},
		"not ready":           {func(_, out *pcm) { out.fail[reqHWParams] = []error{unix.EIO} }, cause.Unavailable, "pcmC1D0p"},
		"no soft parameters":  {func(_, out *pcm) { out.fail[reqSWParams] = []error{unix.EINVAL} }, cause.Unavailable, "pcmC1D0p"},
		"cannot start":        {func(in, _ *pcm) { in.fail[reqStart] = []error{unix.EIO} }, cause.Unavailable, "pcmC1D0c"},
	} {
		in, out := newPCM(t, true), newPCM(t, false)
		c.spoil(in, out)
		_, err := open(Card{Number: 1, ID: "Android"}, func(path string) (kernel, error) {
			return files(in, out)(path)
		})
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
		select {
		case <-in.closed:
		default:
			t.Errorf("%s: the file stayed open", name)
		}
	}
	if _, err := open(Card{Number: 7}, files(nil, nil)); !errors.Is(err, unix.ENOENT) {
		t.Error(err)
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	for errno, want := range map[error]struct {
		kind   cause.Kind
		remedy string
	}{
		unix.ENOENT: {cause.Unavailable, "may still be starting"},
		unix.EACCES: {cause.Denied, "group audio"},
		unix.EBUSY:  {cause.NoRoom, "PulseAudio"},
		unix.EAGAIN: {cause.NoRoom, "PulseAudio"},
		unix.EMFILE: {cause.Unavailable, "too many"},
	} {
		if err := refusal("/dev/snd/pcmC1D0c", errno); !errors.Is(err, want.kind) || !errors.Is(err, errno) || !strings.Contains(err.Error(), want.remedy) {
			t.Errorf("%v: %v", errno, err)
		}
	}
}
