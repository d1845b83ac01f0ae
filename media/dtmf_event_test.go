package media_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/media"
)

// event is a telephone-event packet.
func event(timestamp uint32, digit byte, duration int, end bool, at time.Duration) media.Voice {
	b := []byte{byte(strings.IndexByte("0123456789*#ABCD", digit)), 10, 0, 0}
	if end {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], uint16(duration))
	return media.Voice{Timestamp: timestamp, Stream: 1, Payload: b, At: at}
}

// told is what a reader tells of packets.
func told(packets ...media.Voice) string {
	var r media.KeyReader
	var digits strings.Builder
	for _, p := range packets {
		for _, key := range r.Packet(p) {
			digits.WriteByte(key.Digit)
		}
	}
	return digits.String()
}

// pressed is a press as a good sender sends it: a packet each 20 ms, the last three times.
func pressed(timestamp uint32, digit byte, length, at time.Duration) (packets []media.Voice) {
	for held := 20 * ms; held < length; held += 20 * ms {
		packets = append(packets, event(timestamp, digit, int(held/ms*8), false, at+held))
	}
	packets[0].Marker = true
	for i := range 3 {
		packets = append(packets, event(timestamp, digit, int(length/ms*8), true, at+length+time.Duration(i)*20*ms))
	}
	return packets
}

func join(parts ...[]media.Voice) (all []media.Voice) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func TestAKeyIsToldOncePerPress(t *testing.T) {
	one, again, two := pressed(1000, '1', 100*ms, 0), pressed(2600, '1', 100*ms, 200*ms), pressed(4200, '#', 100*ms, 400*ms)
	for name, row := range map[string]struct {
		packets []media.Voice
		want    string
	}{
		"three presses":                       {join(one, again, two), "11#"},
		"every packet twice":                  {join(one[:2], one[:2], one[2:], one[2:], two, two), "1#"},
		"the start lost":                      {join(one[3:], again[2:], two), "11#"},
		"only the last packet left of each":   {join(one[6:], again[6:], two[6:]), "11#"},
		"every end lost":                      {join(one[:4], again[:4], two[:4]), "11#"},
		"the end after the next start":        {join(one[:5], again[:1], one[5:], again[1:]), "11"},
		"no marker at all":                    {unmarked(join(one, again, two)), "11#"},
		"a marker on each packet":             {marked(join(one, again)), "11"},
		"a late repetition 2 s afterwards":    {join(one, []media.Voice{event(1000, '1', 800, true, 2*time.Second)}), "1"},
		"another key with the same time":      {join(one, pressed(1000, '2', 100*ms, 200*ms)), "12"},
		"another stream with the same time":   {join(one, otherStream(pressed(1000, '1', 100*ms, 200*ms))), "11"},
		"a sender that counts anew":           {join(pressed(9_000_000, '1', 100*ms, 0), pressed(160, '1', 100*ms, time.Second)), "11"},
		"time that wraps":                     {join(pressed(0xFFFFFF00, '1', 100*ms, 0), pressed(1344, '1', 100*ms, 200*ms)), "11"},
		"the shortest pause":                  {join(pressed(1000, '5', 40*ms, 0), pressed(1000+80*8, '5', 40*ms, 80*ms)), "55"},
		"events that are no keys":             {[]media.Voice{{Payload: []byte{16, 10, 0, 160}}, {Payload: []byte{200, 0, 0, 1}, Timestamp: 99999}}, ""},
		"nothing, too little, and too little": {[]media.Voice{{}, {Payload: []byte{1}}, {Payload: []byte{1, 2, 3}}}, ""},
	} {
		if got := told(row.packets...); got != row.want {
			t.Errorf("%s: told %q, want %q", name, got, row.want)
		}
	}
}

func unmarked(packets []media.Voice) []media.Voice {
	for i := range packets {
		packets[i].Marker = false
	}
	return packets
}

func marked(packets []media.Voice) []media.Voice {
	for i := range packets {
		packets[i].Marker = true
	}
	return packets
}

func otherStream(packets []media.Voice) []media.Voice {
	for i := range packets {
		packets[i].Stream = 2
	}
	return packets
}

func TestALongPressInSegmentsIsOnePress(t *testing.T) {
	// RFC 4733 §2.5.1.3: the second segment begins where the first ended, after 65535 samples.
	var packets []media.Voice
	for d := 160; d <= 65535+16000; d += 160 {
		at := time.Duration(d/8) * ms
		if d <= 65535 {
			packets = append(packets, event(5000, '7', d, false, at))
		} else {
			packets = append(packets, event(5000+65535, '7', d-65535, false, at))
		}
	}
	packets = append(packets, event(5000+65535, '7', 16000, true, 11*time.Second), event(5000+65535, '7', 16000, true, 11*time.Second))
	if got := told(packets...); got != "7" {
		t.Errorf("told %q", got)
	}
}

func TestASenderWhoseTimestampMovesIsUnderstood(t *testing.T) {
	var packets []media.Voice
	for press := range 3 {
		for i := range 6 {
			timestamp := uint32(1000 + press*2400 + i*160)
			packets = append(packets, event(timestamp, '4', 160*(i+1), i == 5, time.Duration(press)*300*ms+time.Duration(i)*20*ms))
		}
	}
	if got := told(packets...); got != "444" {
		t.Errorf("told %q", got)
	}
}

func TestAnUnendedPressIsOverWhenItsPacketsStop(t *testing.T) {
	// The same timestamp step within the press is one press; after 150 ms of nothing it is another.
	soon := []media.Voice{event(1000, '9', 800, false, 0), event(1900, '9', 160, false, 100*ms)}
	late := []media.Voice{event(1000, '9', 800, false, 0), event(1900, '9', 160, false, 400*ms)}
	if a, b := told(soon...), told(late...); a != "9" || b != "99" {
		t.Errorf("soon %q, late %q", a, b)
	}
}

func TestEventsPackedTogetherAreAllTold(t *testing.T) {
	// RFC 4733 §2.5.1.5: each event begins where the one before it ended.
	packed := media.Voice{Timestamp: 1000, Payload: []byte{1, 0x8A, 1, 0x90, 2, 0x8A, 1, 0x90, 2, 0x0A, 0, 160}}
	if got := told(packed, packed); got != "122" {
		t.Errorf("told %q", got)
	}
}

func TestAKeyWhoseToneLeakedIsToldOnce(t *testing.T) {
	for name, row := range map[string]struct {
		voiced media.Key
		want   string
	}{
		"the same press":            {media.Key{Digit: '2', At: 950 * ms}, "22"},
		"another key before":        {media.Key{Digit: '3', At: 950 * ms}, "222"},
		"the same key a second ago": {media.Key{Digit: '2', At: 10 * ms}, "222"},
		"nothing":                   {media.Key{}, "222"},
	} {
		var r media.KeyReader
		r.Voiced(row.voiced)
		got := ""
		for press := range 3 {
			for _, v := range pressed(uint32(1000+1600*press), '2', 100*ms, time.Second+time.Duration(press)*200*ms) {
				for _, key := range r.Packet(v) {
					got += string(rune(key.Digit))
				}
			}
		}
		if got != row.want {
			t.Errorf("%s: told %q, want %q", name, got, row.want)
		}
	}
}

func TestAKeyTellsWhenItWasHeardAndHowLongItWasDown(t *testing.T) {
	var r media.KeyReader
	keys := r.Packet(event(1000, '0', 480, false, 3*time.Second))
	if len(keys) != 1 || keys[0] != (media.Key{Digit: '0', At: 3 * time.Second, Held: 60 * ms}) {
		t.Errorf("%+v", keys)
	}
}

func TestWhatWeSendIsReadThoughPacketsAreLost(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 3))
	for range 200 {
		w, err := media.NewKeyWriter(allKeys+"00", media.UsualTone, media.UsualPause)
		if err != nil {
			t.Fatal(err)
		}
		var packets []media.Voice
		for timestamp, burst := uint32(random.Uint32()), 0; !w.Over(); timestamp += 160 {
			p, ok := w.Frame(timestamp)
			if !ok {
				burst = 0
				continue
			}
			if burst++; burst%5 < 2 && random.UintN(2) == 0 || burst%5 == 0 {
				continue // lost
			}
			packets = append(packets, media.Voice{Marker: p.Marker, Timestamp: p.Timestamp, Payload: p.Payload[:], At: time.Duration(timestamp) * time.Second / 8000})
		}
		if got := told(packets...); got != allKeys+"00" {
			t.Fatalf("told %q", got)
		}
	}
}

func TestAKeyIsSentAsTheStandardSays(t *testing.T) {
	w, err := media.NewKeyWriter("1#", 60*ms, 80*ms)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for timestamp := uint32(8000); !w.Over(); timestamp += 160 {
		p, ok := w.Frame(timestamp)
		if !ok {
			got = append(got, "-")
			continue
		}
		text := string("0123456789*#"[p.Payload[0]])
		if p.Marker {
			text = "M" + text
		}
		if p.Payload[1]&0x80 != 0 {
			text += "E"
		}
		if p.Payload[1]&0x3F != 9 || p.Timestamp != map[byte]uint32{1: 8000, 11: 8000 + 7*160}[p.Payload[0]] {
			t.Errorf("volume %d, timestamp %d", p.Payload[1]&0x3F, p.Timestamp)
		}
		got = append(got, text, []string{"", "160", "320", "480"}[binary.BigEndian.Uint16(p.Payload[2:])/160])
	}
	const want = "M1 160 1 320 1E 480 1E 480 1E 480 - - M# 160 # 320 #E 480 #E 480 #E 480 - -"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("sent %s\nwant %s", text, want)
	}
	if _, ok := w.Frame(0); ok {
		t.Error("something is sent after the end")
	}
}

func TestKeysThatCannotBeSentAreRefused(t *testing.T) {
	for name, row := range map[string]struct {
		digits      string
		tone, pause time.Duration
	}{
		"none": {"", 100 * ms, 100 * ms}, "a letter": {"12X", 100 * ms, 100 * ms}, "too short": {"1", 39 * ms, 100 * ms},
		"no pause": {"1", 100 * ms, 0}, "too long": {"1", 9 * time.Second, 100 * ms}, "not one byte": {"1é", 100 * ms, 100 * ms},
	} {
		if _, err := media.NewKeyWriter(row.digits, row.tone, row.pause); !errors.Is(err, cause.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := media.NewKeyTones(row.digits, row.tone, row.pause); !errors.Is(err, cause.Invalid) {
			t.Errorf("%s in tones: %v", name, err)
		}
	}
}

func FuzzKeyReader(f *testing.F) {
	f.Add([]byte{1, 10, 0, 160}, uint32(0), []byte{1, 0x8A, 0, 160}, uint32(0))
	f.Add([]byte{1, 0x8A, 0, 160, 2, 10, 0, 1}, uint32(0xFFFFFFFF), []byte{}, uint32(5))
	f.Fuzz(func(t *testing.T, a []byte, ta uint32, b []byte, tb uint32) {
		var r media.KeyReader
		for _, v := range []media.Voice{{Payload: a, Timestamp: ta}, {Payload: b, Timestamp: tb}, {Payload: a, Timestamp: ta}} {
			for _, key := range r.Packet(v) {
				if !strings.ContainsRune(allKeys, rune(key.Digit)) {
					t.Fatalf("%+v", key)
				}
			}
		}
	})
}

func BenchmarkKeyReader(b *testing.B) {
	var r media.KeyReader
	v := event(0, '1', 160, false, 0)
	b.ReportAllocs()
	for b.Loop() {
		v.Timestamp += 1600
		r.Packet(v)
	}
}
