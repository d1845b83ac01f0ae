package media

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"roadline/fmc/cause"
)

// longestSound is the longest recording that is taken: what a company plays to its callers stays in memory.
const longestSound = 10 * time.Minute

// wavRates are the sample rates that are taken. Each is resampled to 8000 Hz by a filter of fixed coefficients.
var wavRates = []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000}

// WAVE format tags (RFC 2361), and the one that says that the tag stands in the extension.
const (
	wavPCM        = 1
	wavFloat      = 3
	wavALaw       = 6
	wavMuLaw      = 7
	wavExtensible = 0xFFFE
)

// wavFormat is the "fmt " chunk.
type wavFormat struct {
	tag, channels, bits int
	rate                int
}

// LoadPrompt makes a sound of a WAV file: brought to 8000 Hz mono and to the level of speech, without the silence
// before and after. PCM of 8 to 32 bits, float, A-law and µ-law are read. Anything else, or more than ten minutes, is
// cause.Invalid with the remedy.
func LoadPrompt(name string, wav []byte) (Sound, error) {
	voice, err := loadWAV(name, wav)
	if err != nil {
		return Sound{}, err
	}
	return speech(name, voice), nil
}

// LoadMusic makes a sound of a WAV file as LoadPrompt does, but keeps its silences and brings it to the level of music.
func LoadMusic(name string, wav []byte) (Sound, error) {
	tune, err := loadWAV(name, wav)
	if err != nil {
		return Sound{}, err
	}
	return music(name, tune), nil
}

// loadWAV reads a file into 8000 Hz mono, full scale 1.
func loadWAV(name string, wav []byte) ([]float64, error) {
	format, data, err := splitWAV(name, wav)
	if err != nil {
		return nil, err
	}
	frame := format.channels * format.bits / 8
	count := len(data) / frame
	if time.Duration(count)*time.Second/time.Duration(format.rate) > longestSound {
		return nil, cause.Errorf(cause.Invalid, "%s is longer than %v: shorten it", name, longestSound)
	}
	mono := make([]float64, count)
	for i := range mono {
		for c := range format.channels {
			mono[i] += format.sample(data[i*frame+c*format.bits/8:]) / float64(format.channels)
		}
	}
	center(mono) // before the filter, which would make a click of an offset's beginning
	return resample(mono, format.rate), nil
}

// splitWAV finds the format and the samples. A length that reaches past the end, as of a file that was written to a
// pipe, means: to the end.
func splitWAV(name string, wav []byte) (format wavFormat, data []byte, err error) {
	if len(wav) < 12 || !bytes.Equal(wav[:4], []byte("RIFF")) || !bytes.Equal(wav[8:12], []byte("WAVE")) {
		return format, nil, cause.Errorf(cause.Invalid, "%s is no WAV file: save it as WAV, PCM 16 bit", name)
	}
	for rest := wav[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), int(min(binary.LittleEndian.Uint32(rest[4:]), math.MaxInt32))
		body := rest[8:]
		size = min(size, len(body))
		switch {
		case id == "fmt " && size >= 16:
			format = readWAVFormat(body[:size])
		case id == "data":
			return format, body[:size], format.check(name)
		}
		rest = body[min(size+size&1, len(body)):]
	}
	return format, nil, cause.Errorf(cause.Invalid, "%s has no samples: save it as WAV, PCM 16 bit", name)
}

func readWAVFormat(b []byte) wavFormat {
	f := wavFormat{
		tag:      int(binary.LittleEndian.Uint16(b)),
		channels: int(binary.LittleEndian.Uint16(b[2:])),
		rate:     int(min(binary.LittleEndian.Uint32(b[4:]), math.MaxInt32)),
		bits:     int(binary.LittleEndian.Uint16(b[14:])),
	}
	if f.tag == wavExtensible && len(b) >= 26 {
		f.tag = int(binary.LittleEndian.Uint16(b[24:])) // the first field of the sub-format's GUID
	}
	return f
}

// check says what is wrong with a format, or nil.
func (f wavFormat) check(name string) error {
	if f.channels < 1 || f.channels > 8 {
		return cause.Errorf(cause.Invalid, "%s has %d channels: save it as mono or stereo", name, f.channels)
	}
	if !slices.Contains(wavRates, f.rate) {
		return cause.Errorf(cause.Invalid, "%s has %d samples a second: save it with 16000 or 48000", name, f.rate)
	}
	kinds := map[int][]int{wavPCM: {8, 16, 24, 32}, wavFloat: {32}, wavALaw: {8}, wavMuLaw: {8}}
	if !slices.Contains(kinds[f.tag], f.bits) {
		return cause.Errorf(cause.Invalid, "%s has format %d of %d bits: save it as WAV, PCM 16 bit", name, f.tag, f.bits)
	}
	return nil
}

// sample reads one sample, full scale 1.
func (f wavFormat) sample(b []byte) float64 {
	switch {
	case f.tag == wavALaw:
		return float64(DecodeALaw(b[0])) / 32768
	case f.tag == wavMuLaw:
		return float64(DecodeMuLaw(b[0])) / 32768
	case f.tag == wavFloat:
		v := float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		if v != v { // not a number
			return 0
		}
		return max(-1, min(1, v))
	case f.bits == 8:
		return (float64(b[0]) - 128) / 128
	case f.bits == 16:
		return float64(int16(binary.LittleEndian.Uint16(b))) / (1 << 15)
	case f.bits == 24:
		return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
	default:
		return float64(int32(binary.LittleEndian.Uint32(b))) / (1 << 31)
	}
}

// WAV returns the sound as a WAV file: A-law, 8000 Hz, mono.
func (s Sound) WAV() []byte {
	size := len(s.alaw)
	b := append(headWAV(make([]byte, 0, wavHeader+size+1), size), s.alaw...)
	return append(b, make([]byte, size&1)...)
}

// wavHeader is how many bytes stand before the samples of what WAV writes.
const wavHeader = 58

// headWAV appends what stands before so many samples.
func headWAV(b []byte, size int) []byte {
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(wavHeader-8+size+size&1))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 18)
	b = binary.LittleEndian.AppendUint16(b, wavALaw)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, SampleRate)
	b = binary.LittleEndian.AppendUint32(b, SampleRate) // bytes a second
	b = binary.LittleEndian.AppendUint16(b, 1)          // bytes a frame
	b = binary.LittleEndian.AppendUint16(b, 8)
	b = binary.LittleEndian.AppendUint16(b, 0) // no extension
	b = append(b, "fact"...)                   // asked of every format but PCM
	b = binary.LittleEndian.AppendUint32(b, 4)
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	b = append(b, "data"...)
	return binary.LittleEndian.AppendUint32(b, uint32(size))
}

// PCM returns the sound as a WAV file that every browser plays: 16 bits, 8000 Hz, mono.
func (s Sound) PCM() []byte {
	size := 2 * len(s.alaw)
	b := make([]byte, 0, 44+size)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(36+size))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, wavPCM)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, SampleRate)
	b = binary.LittleEndian.AppendUint32(b, 2*SampleRate) // bytes a second
	b = binary.LittleEndian.AppendUint16(b, 2)            // bytes a frame
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	for _, a := range s.alaw {
		b = binary.LittleEndian.AppendUint16(b, uint16(DecodeALaw(a)))
	}
	return b
}

// ReadSound reads what WAV wrote, sample for sample; a file that is cut short or anything else is cause.Invalid. The sound
// keeps wav, which nobody may change afterwards.
func ReadSound(name string, wav []byte) (Sound, error) {
	size := 0
	if len(wav) >= wavHeader {
		size = int(min(binary.LittleEndian.Uint32(wav[wavHeader-4:]), math.MaxInt32))
	}
	end := wavHeader + size
	if len(wav) != end+size&1 || !bytes.Equal(wav[:wavHeader], headWAV(nil, size)) || !bytes.Equal(wav[end:], make([]byte, size&1)) {
		return Sound{}, cause.Errorf(cause.Invalid, "%s is not a stored sound, or cut short", name)
	}
	return Sound{name: name, alaw: wav[wavHeader:end:end]}, nil
}
