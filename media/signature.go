package media

import "math"

// A signature is a sequence of tones by which one side of a call is known to the other, whatever carries it: both ends are
// ours. Its tones are numbers from 0 to 7, no two in a row equal.

// signatureHertz are the tones: whole numbers of periods in a frame, through any codec of telephony, beside the tones of
// keys and of the network (ITU-T Q.23, E.180).
var signatureHertz = [8]float64{600, 750, 900, 1050, 1250, 1500, 1750, 1900}

const (
	signatureFrames = 10    // of each tone: 200 ms
	signatureLevel  = -13.0 // dBm0
	signatureQuiet  = -48.0 // dBm0: what is weaker is no tone
	signaturePure   = 0.5   // least share of a frame's energy in its tone
	signatureShare  = 60    // of a hundred frames, how many must be the tones for them to be heard
	noTone          = -1
)

// SignatureVoice says a signature again and again. It is owned by one goroutine.
type SignatureVoice struct {
	tones []byte
	frame int
	sine  resonator
}

// NewSignatureVoice makes a voice that says tones.
func NewSignatureVoice(tones []byte) *SignatureVoice { return &SignatureVoice{tones: tones} }

// Frame writes the next 20 ms.
func (v *SignatureVoice) Frame(dst *[FrameSamples]int16) {
	if v.frame%signatureFrames == 0 {
		tone := v.tones[v.frame/signatureFrames%len(v.tones)]
		v.sine = newResonator(tonePart{signatureHertz[tone], amplitude(signatureLevel)})
	}
	v.frame++
	for i := range dst {
		dst[i] = int16(v.sine.next())
	}
}

// SignatureEar listens for a signature. It is owned by one goroutine.
type SignatureEar struct {
	tones  []int8 // of each frame
	energy []float64
}

// mostSignature is how many frames are listened to: a minute.
const mostSignature = 3000

// Frame takes the next 20 ms.
func (e *SignatureEar) Frame(frame *[FrameSamples]int16) {
	if len(e.tones) == mostSignature {
		return
	}
	tone, energy := toneIn(frame)
	e.tones, e.energy = append(e.tones, tone), append(e.energy, energy)
}

// toneIn is the tone that a frame holds, and the frame's mean power.
func toneIn(frame *[FrameSamples]int16) (tone int8, power float64) {
	energy := 0.0
	for _, s := range frame {
		energy += float64(s) * float64(s)
	}
	power = energy / FrameSamples
	if quiet := amplitude(signatureQuiet); power < quiet*quiet/2 {
		return noTone, power
	}
	tone, most := noTone, energy*signaturePure
	for k, hertz := range signatureHertz {
		if e := energyAt(frame, hertz); e > most {
			tone, most = int8(k), e
		}
	}
	return tone, power
}

// energyAt is the energy of a frequency in a frame, by Goertzel's recursion.
func energyAt(frame *[FrameSamples]int16, hertz float64) float64 {
	twice := 2 * math.Cos(2*math.Pi*hertz/SampleRate)
	var s1, s2 float64
	for _, x := range frame {
		s1, s2 = float64(x)+twice*s1-s2, s1
	}
	return (s1*s1 + s2*s2 - twice*s1*s2) * 2 / FrameSamples
}

// SignatureHeard is how a signature was heard.
type SignatureHeard struct {
	Heard bool
	Level float64 // dBm0, of the frames that were its tones
	Lost  int     // of a hundred frames where it sounded best, how many were not its tones
}

// Heard looks for a signature, once from its beginning to its end, in what was listened to.
func (e *SignatureEar) Heard(tones []byte) SignatureHeard {
	length := len(tones) * signatureFrames
	best, at := 0, -1
	for from := 0; from+length <= len(e.tones); from++ {
		if n := e.fits(tones, from); n > best {
			best, at = n, from
		}
	}
	inner := len(tones) * (signatureFrames - 2)
	if at < 0 || best*100 < inner*signatureShare {
		return SignatureHeard{}
	}
	power, n := 0.0, 0
	for i := range length {
		if e.tones[at+i] == int8(tones[i/signatureFrames]) { //nolint:gosec // 0 to 7
			power += e.energy[at+i]
			n++
		}
	}
	level := 20 * math.Log10(math.Sqrt(2*power/float64(n))/milliwatt)
	return SignatureHeard{Heard: true, Level: level, Lost: (inner - best) * 100 / inner}
}

// fits counts the frames from one on that are a signature's tones. The first and the last of each tone are left out: they
// may hold two.
func (e *SignatureEar) fits(tones []byte, from int) (n int) {
	for i, tone := range tones {
		for k := 1; k < signatureFrames-1; k++ {
			if e.tones[from+i*signatureFrames+k] == int8(tone) { //nolint:gosec // 0 to 7
				n++
			}
		}
	}
	return n
}
