package modem_test

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/huawei"
	"roadline/hardware/modem"
	"roadline/hardware/modemtest"
	"roadline/hardware/quectel"
	"roadline/hardware/simcom"
)

// tone is frame i of a sine.
func tone(i int, hz, peak float64) (f [160]int16) {
	for j := range f {
		f[j] = int16(peak * math.Sin(2*math.Pi*hz*float64(i*160+j)/8000))
	}
	return f
}

func bytesOf(f [160]int16) []byte {
	b, _ := binary.Append(nil, binary.LittleEndian, f)
	return b
}

// pcm is the far end of a speech port.
type pcm struct{ ours, theirs net.Conn }

// open makes the port, within the test's bubble.
func (p *pcm) open() (io.ReadWriteCloser, error) {
	p.ours, p.theirs = net.Pipe()
	return p.theirs, nil
}

func (p *pcm) say(t *testing.T, b []byte) {
	t.Helper()
	if _, err := p.ours.Write(b); err != nil {
		t.Error(err)
	}
}

func opened(t *testing.T, p *modemtest.Player) modem.Speech {
	t.Helper()
	s, err := p.Modem.Speech(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func read(t *testing.T, s modem.Speech) [160]int16 {
	t.Helper()
	var f [160]int16
	if err := s.Read(&f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFramesArePutTogetherFromShortReads(t *testing.T) {
	port := &pcm{}
	with(t, huawei.Family(), port.open, func(t *testing.T, p *modemtest.Player) {
		s := opened(t, p)
		defer s.Close()
		want := tone(0, 440, 8000)
		for chunk := range slices.Chunk(bytesOf(want), 7) {
			port.say(t, chunk)
		}
		if got := read(t, s); got != want {
			t.Error("the frame differs")
		}
	})
}

func TestSoundOfAnEarlierCallIsNotHeard(t *testing.T) {
	port := &pcm{}
	with(t, huawei.Family(), port.open, func(t *testing.T, p *modemtest.Player) {
		p.Again("^DDSETEX=2") // no answer yet
		old := make(chan struct{})
		go func() {
			defer close(old)
			synctest.Wait() // until it asks for sound
			for i := range 4 {
				port.say(t, bytesOf(tone(i, 100, 1000)))
			}
			synctest.Wait()
			p.Say("OK")
		}()
		s := opened(t, p)
		defer s.Close()
		<-old
		want := tone(9, 440, 8000)
		port.say(t, bytesOf(want))
		if got := read(t, s); got != want {
			t.Error("old sound comes first")
		}
	})
}

func TestAShiftedStreamIsMended(t *testing.T) {
	port := &pcm{}
	with(t, huawei.Family(), port.open, func(t *testing.T, p *modemtest.Player) {
		s := opened(t, p)
		defer s.Close()
		go func() {
			for i := range 30 {
				b := bytesOf(tone(i, 440, 3000))
				if i == 10 {
					b = b[1:]
				}
				if _, err := port.ours.Write(b); err != nil {
					return
				}
				synctest.Wait()
			}
		}()
		right := 0
		for i := range 28 {
			f := read(t, s)
			for j := range 159 {
				if d := int(f[j]) - int(f[j+1]); d > 2500 || d < -2500 {
					t.Fatalf("frame %d is static", i)
				}
			}
			if f != ([160]int16{}) {
				right++
			}
		}
		if _, thrown := s.Lost(); thrown != 1 || right < 24 {
			t.Errorf("%d bytes thrown away, %d frames of 28 with sound", thrown, right)
		}
	})
}

func TestLoudHighTonesAreNotTakenForStatic(t *testing.T) {
	port := &pcm{}
	with(t, huawei.Family(), port.open, func(t *testing.T, p *modemtest.Player) {
		s := opened(t, p)
		defer s.Close()
		for _, hz := range []float64{300, 1000, 1700, 2100, 3300, 3900} {
			for i := range 5 {
				want := tone(i, hz, 32000)
				port.say(t, bytesOf(want))
				if read(t, s) != want {
					t.Fatalf("%v Hz is taken for static", hz)
				}
			}
		}
	})
}

func TestAWriteNeverWaits(t *testing.T) {
	port := &pcm{}
	with(t, huawei.Family(), port.open, func(t *testing.T, p *modemtest.Player) {
		s := opened(t, p)
		defer s.Close()
		for i := range 20 { // nobody takes them
			f := tone(i, 440, 8000)
			if err := s.Write(&f); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if frames, _ := s.Lost(); frames < 14 {
			t.Errorf("%d frames are said to be lost", frames)
		}
		// The first may be on its way; what follows are the latest.
		b := make([]byte, 320)
		if _, err := io.ReadFull(port.ours, b); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(port.ours, b); err != nil || !slices.Equal(b, bytesOf(tone(15, 440, 8000))) {
			t.Errorf("the next frame is not the oldest of the latest five: %v", err)
		}
	})
}

func TestQuectelIsNotWrittenToWhileItIsFull(t *testing.T) {
	port := &pcm{}
	with(t, quectel.Family(), port.open, func(t *testing.T, p *modemtest.Player) {
		s := opened(t, p)
		defer s.Close()
		taken := make(chan struct{}, 1000)
		go func() {
			b := make([]byte, 320)
			for {
				if _, err := io.ReadFull(port.ours, b); err != nil {
					return
				}
				taken <- struct{}{}
			}
		}()
		write := func(n int) int {
			for i := range n {
				f := tone(i, 440, 8000)
				if err := s.Write(&f); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
			}
			return len(taken)
		}
		if n := write(3); n != 3 {
			t.Fatalf("%d of 3 were written", n)
		}
		p.Say("+QPCMV: 0,0")
		synctest.Wait()
		if n := write(5); n > 4 {
			t.Errorf("%d were written into a full module", n-3)
		}
		p.Say("+QPCMV: 1,0")
		synctest.Wait()
		if n := write(1); n != 9 {
			t.Errorf("%d of 9 were written", n)
		}
		p.Say("+QPCMV: 0,0") // and the word to go on gets lost
		synctest.Wait()
		if n := write(60); n < 10 {
			t.Error("it waits for ever")
		}
	})
}

func TestSpeechThatIsRefusedAtFirstIsTriedAgain(t *testing.T) {
	port := &pcm{}
	with(t, simcom.SIM7600(), port.open, func(t *testing.T, p *modemtest.Player) {
		p.Again("+CPCMREG=1", "ERROR")
		p.Answer("+CPCMREG=1", "ERROR")
		p.Answer("+CPCMREG=1", "OK")
		opened(t, p).Close()
	})
	port = &pcm{}
	with(t, simcom.SIM7600(), port.open, func(t *testing.T, p *modemtest.Player) {
		p.Again("+CPCMREG=1", "ERROR")
		begun := time.Now()
		if _, err := p.Modem.Speech(t.Context()); !errors.Is(err, cause.Unsupported) || time.Since(begun) < 12*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

func TestALostPortEndsTheSound(t *testing.T) {
	port := &pcm{}
	with(t, huawei.Family(), port.open, func(t *testing.T, p *modemtest.Player) {
		s := opened(t, p)
		_ = port.ours.Close()
		var f [160]int16
		if err := s.Read(&f); !errors.Is(err, cause.Unavailable) {
			t.Error(err)
		}
		_ = s.Close()
	})
}

func TestFirmwareWithoutVoiceHasNoSpeech(t *testing.T) {
	port := &pcm{}
	synctest.Test(t, func(t *testing.T) {
		p := modemtest.NewPlayer(t, huawei.Family(), port.open)
		p.Again("^CVOICE?", "COMMAND NOT SUPPORT")
		if err := p.Modem.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if v := p.Modem.Can().Voice; v != modem.NoVoice {
			t.Errorf("voice: %s", v)
		}
		if _, err := p.Modem.Speech(t.Context()); !errors.Is(err, cause.Unsupported) {
			t.Error(err)
		}
		if err := p.Modem.Close(); err != nil {
			t.Error(err)
		}
	})
}

// loop is a sound card that plays what it records.
type loop struct {
	frames chan [160]int16
	closed chan struct{}
}

func (l *loop) Read(f *[160]int16) error {
	select {
	case *f = <-l.frames:
		return nil
	case <-l.closed:
		return io.EOF
	}
}

func (l *loop) Write(f *[160]int16) error {
	select {
	case l.frames <- *f:
		return nil
	case <-l.closed:
		return io.EOF
	}
}

func (l *loop) Close() error {
	close(l.closed)
	return nil
}

func TestASoundCardIsASpeech(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := modemtest.NewPlayer(t, quectel.Sound(), nil)
		m := p.WithCard(func() (modem.Card, error) {
			return &loop{frames: make(chan [160]int16), closed: make(chan struct{})}, nil
		})
		if err := m.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, err := m.Speech(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := tone(3, 440, 8000)
		if err := s.Write(&want); err != nil {
			t.Fatal(err)
		}
		if got := read(t, s); got != want {
			t.Error("the frame differs")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		sent := map[string]bool{}
		for len(p.Heard) > 0 {
			sent[<-p.Heard] = true
		}
		if !sent["+QPCMV=1,2"] || !sent["+QPCMV=0"] {
			t.Error("the card was not armed, or not disarmed")
		}
	})
}

func TestASoundCardThatCannotBeOpenedIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := modemtest.NewPlayer(t, quectel.Sound(), nil).WithCard(func() (modem.Card, error) { return nil, io.ErrNoProgress })
		if err := m.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Speech(t.Context()); !errors.Is(err, cause.Unavailable) || !errors.Is(err, io.ErrNoProgress) {
			t.Error(err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}
