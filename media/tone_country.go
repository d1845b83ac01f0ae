package media

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// ToneKind is what a tone tells.
type ToneKind uint8

// The tones. Those of the first group sound as the country's network has them.
const (
	RingBackTone ToneKind = iota // it rings over there
	BusyTone
	CongestionTone
	DialTone
	InformationTone // the number is not in use, or the like: three rising notes
	countryTones    // how many of them

	Beep         // speak now, or: somebody has joined
	ErrorTone    // that was wrong
	ConfirmTone  // that was understood
	SoftBeep     // beside a conversation, for who hears it alone
	HoldReminder // somebody is still on hold
)

var toneNames = map[ToneKind]string{
	RingBackTone: "ring-back", BusyTone: "busy tone", CongestionTone: "congestion tone", DialTone: "dial tone",
	InformationTone: "information tone", Beep: "beep", ErrorTone: "error tone", ConfirmTone: "confirmation tone",
	SoftBeep: "soft beep", HoldReminder: "hold reminder",
}

func (k ToneKind) String() string {
	if name, ok := toneNames[k]; ok {
		return name
	}
	return fmt.Sprintf("tone(%d)", uint8(k))
}

// informationSteps is the information tone of most countries (ITU-T E.180).
const informationSteps = "950/330 1400/330 1800/330 -/1000"

// houseTones are the house's own. "<" makes a tone softer by 10 dB.
var houseTones = map[ToneKind]string{
	Beep:         "1000/200 -/40",
	ErrorTone:    "425/100 -/80 425/100 -/80 425/100 -/80",
	ConfirmTone:  "600/80 -/40 900/120 -/40",
	SoftBeep:     "1000</120 -/40",
	HoldReminder: "800</100 -/100 800</100 -/40",
}

// toneTable is how networks sound: "425/1000" is 425 Hz for 1000 ms, "-" silence, "+" two tones, "400*50" 400 Hz
// modulated by 50 Hz; without a length the tone lasts. The rows are those of ITU-T E.180 Supplement
// 2 as other switches have them, GB after BT's SIN 350, RU after OST 45.223-2001. A country without a row has what E.180
// recommends to all.
var toneTable = map[string][countryTones]string{
	//      ring-back                              busy                congestion          dial     information
	"":   {"425/1000 -/4000", "425/500 -/500", "425/250 -/250", "425", informationSteps},
	"RU": {"425/1000 -/4000", "425/350 -/350", "425/175 -/175", "425", informationSteps},
	"GB": {"400+450/400 -/200 400+450/400 -/2000", "400/375 -/375", "400/400 -/350 400/225 -/525", "350+440", "950/330 -/15 1400/330 -/15 1800/330 -/1000"},
	"US": {"440+480/2000 -/4000", "480+620/500 -/500", "480+620/250 -/250", "350+440", informationSteps},
	"AT": {"420/1000 -/5000", "420/400 -/400", "420/200 -/200", "420", informationSteps},
	"AU": {"413+438/400 -/200 413+438/400 -/2000", "425/375 -/375", "425/375 -/375", "413+438", informationSteps},
	"BE": {"425/1000 -/3000", "425/500 -/500", "425/167 -/167", "425", "900/330 1400/330 1800/330 -/1000"},
	"BR": {"425/1000 -/4000", "425/250 -/250", "425/250 -/250 425/750 -/250", "425", informationSteps},
	"CH": {"425/1000 -/4000", "425/500 -/500", "425/200 -/200", "425", informationSteps},
	"CN": {"450/1000 -/4000", "450/350 -/350", "450/700 -/700", "450", informationSteps},
	"CZ": {"425/1000 -/4000", "425/330 -/330", "425/165 -/165", "425/330 -/330 425/660 -/660", "950/330 -/30 1400/330 -/30 1800/330 -/1000"},
	"DE": {"425/1000 -/4000", "425/480 -/480", "425/240 -/240", "425", informationSteps},
	"DK": {"425/1000 -/4000", "425/500 -/500", "425/200 -/200", "425", informationSteps},
	"EE": {"425/1000 -/4000", "425/300 -/300", "425/200 -/200", "425", informationSteps},
	"ES": {"425/1500 -/3000", "425/200 -/200", "425/200 -/200 425/200 -/200 425/200 -/600", "425", informationSteps},
	"FI": {"425/1000 -/4000", "425/300 -/300", "425/200 -/200", "425", informationSteps},
	"FR": {"440/1500 -/3500", "440/500 -/500", "440/250 -/250", "440", informationSteps},
	"GR": {"425/1000 -/4000", "425/300 -/300", "425/200 -/200", "425/200 -/300 425/700 -/800", informationSteps},
	"HU": {"425/1250 -/3750", "425/300 -/300", "425/300 -/300", "425", informationSteps},
	"IL": {"414/1000 -/3000", "414/500 -/500", "414/250 -/250", "414", "1000/330 1400/330 1800/330 -/1000"},
	"IN": {"400*25/400 -/200 400*25/400 -/2000", "400/750 -/750", "400/250 -/250", "400*25", informationSteps},
	"IT": {"425/1000 -/4000", "425/500 -/500", "425/200 -/200", "425/200 -/200 425/600 -/1000", informationSteps},
	"JP": {"400*16/1000 -/2000", "400/500 -/500", "400/500 -/500", "400", informationSteps},
	"KE": {"425/670 -/3000 425/1500 -/5000", "425/200 -/600 425/200 -/600", "425/200 -/600", "425", informationSteps},
	"LT": {"425/1000 -/4000", "425/350 -/350", "425/200 -/200", "425", informationSteps},
	"MX": {"425/1000 -/4000", "425/250 -/250", "425/250 -/250", "425", informationSteps},
	"NO": {"425/1000 -/4000", "425/500 -/500", "425/200 -/200", "425", informationSteps},
	"NZ": {"400+450/400 -/200 400+450/400 -/2000", "400/500 -/500", "400/250 -/250", "400", informationSteps},
	"PL": {"425/1000 -/4000", "425/500 -/500", "425/500 -/500", "425", informationSteps},
	"PT": {"425/1000 -/5000", "425/500 -/500", "425/200 -/200", "425", informationSteps},
	"SE": {"425/1000 -/5000", "425/250 -/250", "425/250 -/750", "425", informationSteps},
	"SG": {"425*24/400 -/200 425*24/400 -/2000", "425/750 -/750", "425/250 -/250", "425", informationSteps},
	"TH": {"400/1000 -/4000", "400/500 -/500", "400/300 -/300", "400*50", informationSteps},
	"ZA": {"400*33/400 -/200 400*33/400 -/2000", "400/500 -/500", "400/250 -/250", "400*33", informationSteps},
}

// toneKin sound as another row.
var toneKin = map[string]string{
	"CA": "US", "IE": "GB", "UA": "RU", "BY": "RU", "KZ": "RU", "AM": "RU", "AZ": "RU", "GE": "RU", "KG": "RU", "MD": "RU", "TJ": "RU", "TM": "RU", "UZ": "RU",
}

// toneLevel is the nominal level of a tone while it sounds, its parts together, in dBm0 (ITU-T E.180 §2).
const toneLevel = -10.0

// NewTone plays a tone: those of a country for ever, as its network has them (country as in ISO 3166, "RU"), the house's
// own once.
func NewTone(kind ToneKind, country string) Source {
	if steps, ok := houseTones[kind]; ok {
		return newCadence(kind.String(), toneSteps(steps), false)
	}
	return newCadence(kind.String()+" "+country, toneSteps(toneOf(kind, country)), true)
}

// namedTones are the tones that calls ask for as they ask for prompts.
var namedTones = map[string]ToneKind{
	"dial-tone": DialTone, "next-tone": DialTone, "beep": Beep, "soft-beep": SoftBeep, "error": ErrorTone, "understood": ConfirmTone, "hold-reminder": HoldReminder,
}

// How long a dial tone that has a name sounds: who is asked for a number and keys none is not kept for ever, and who hung
// up on nobody but the far side not for long.
var dialToneLasts = map[string]time.Duration{"dial-tone": 10 * time.Second, "next-tone": 4 * time.Second}

// NamedTone plays a tone once by the name that calls have for it, "dial-tone" and "next-tone" as the country's network has its dial tone;
// false for a name that is no tone's.
func NamedTone(name, country string) (Source, bool) {
	kind, ok := namedTones[name]
	switch {
	case !ok:
		return nil, false
	case dialToneLasts[name] > 0:
		return &limited{source: NewTone(kind, country), frames: int(dialToneLasts[name] / FrameTime)}, true
	default:
		return NewTone(kind, country), true
	}
}

// limited is a source that ends early.
type limited struct {
	source Source
	frames int // left
}

func (l *limited) String() string { return nameOf(l.source) }

// Frame implements Source.
func (l *limited) Frame(dst *[FrameSamples]byte) bool {
	l.frames--
	return l.frames >= 0 && l.source.Frame(dst)
}

// toneOf finds the row of a country.
func toneOf(kind ToneKind, country string) string {
	country = strings.ToUpper(country)
	if kin, ok := toneKin[country]; ok {
		country = kin
	}
	row, ok := toneTable[country]
	if !ok {
		row = toneTable[""]
	}
	if kind >= countryTones {
		kind = InformationTone
	}
	return row[kind]
}

// toneSteps reads the notation of toneTable.
func toneSteps(notation string) []toneStep {
	var steps []toneStep
	for word := range strings.FieldsSeq(notation) {
		steps = append(steps, readStep(word))
	}
	return steps
}

// readStep reads one step: "400+450/400".
func readStep(word string) (step toneStep) {
	tones, length, timed := strings.Cut(word, "/")
	if timed {
		step.length = samples(time.Duration(number(length)) * time.Millisecond)
	}
	carrier, by, modulated := strings.Cut(tones, "*")
	single, soft := strings.CutSuffix(tones, "<")
	switch {
	case tones == "-":
	case soft:
		step.parts[0] = tonePart{number(single), amplitude(toneLevel - 10)}
	case modulated: // fully: the carrier, and half of it on either side
		c, m, peak := number(carrier), number(by), amplitude(toneLevel)/math.Sqrt(1.5)
		step.parts = [maxParts]tonePart{{c, peak}, {c - m, peak / 2}, {c + m, peak / 2}}
	default:
		all := strings.Split(tones, "+")
		for i, hertz := range all {
			step.parts[i] = tonePart{number(hertz), amplitude(toneLevel) / math.Sqrt(float64(len(all)))}
		}
	}
	return step
}

// number reads a number of the table.
func number(s string) (n float64) {
	for _, d := range s {
		n = n*10 + float64(d-'0')
	}
	return n
}
