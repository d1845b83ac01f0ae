package ladder

import (
	"maps"
	"slices"
	"strings"
)

// Say is a sentence: its key in Words, and what stands in it. A page says it in its reader's language.
type Say struct {
	Key string            `json:"key"`
	Of  map[string]string `json:"of,omitempty"`
}

// say makes a sentence of a key and pairs of names and values.
func say(key string, pairs ...string) Say {
	s := Say{Key: key}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			if s.Of == nil {
				s.Of = map[string]string{}
			}
			s.Of[pairs[i]] = printable(pairs[i+1])
		}
	}
	return s
}

// words has every sentence in English, with {name} for what stands in it. What is between [ and ] is left out where a
// name in it has no value.
var words = map[string]string{
	"lost":              "{count} lines are missing here",
	"sound":             "from here {heard_loss} % lost, jitter {heard_jitter} ms, MOS {heard_mos}; to here {sent_loss} % lost, jitter {sent_jitter} ms, MOS {sent_mos}",
	"sound_lost":        "{loss} % of the sound was lost",
	"came":              "the call came[ from {from}][ to {to}][ by {by}]",
	"wanted":            "a call was asked for[ by {by}][ to {to}]",
	"called":            "{who} is called[ at {number}][ by {line}][, and sees {shown}]",
	"took":              "{line} takes it",
	"rings":             "{who} rings",
	"answered":          "{who} answered",
	"gone":              "{who} is gone[: {why}]",
	"planned":           "a plan was made[ on version {version} of the company]",
	"stepped":           "{op}[, after: {outcome}]",
	"keyed":             "{who} keyed {keys}",
	"keyed_secret":      "{who} keyed {count} secret keys",
	"confirmed":         "{who} confirmed",
	"unconfirmed":       "{who} did not want the call",
	"announced":         "{who} heard the recording notice",
	"recognised":        "{who} is known[ by {by}]",
	"alerted":           "alert: {why}",
	"refused_tape":      "{who} refused to be recorded",
	"texted":            "{who} was sent a text",
	"listened":          "{who} heard a message",
	"called_back":       "{who} is to be called back",
	"talking":           "{who} talk, and are not recorded",
	"talking_taped":     "{who} talk, and are recorded",
	"mailing":           "{who} leaves a message",
	"apart":             "nobody talks",
	"held":              "{who} is on hold[, by {by}]",
	"unheld":            "{who} is off hold",
	"tape_wanted":       "a recording is wanted",
	"tape_ready":        "the recording runs",
	"tape_failed":       "the recording failed[: {why}]",
	"tape_none":         "there is no recording any more",
	"paused":            "the recording is paused[ by {by}][: {why}]",
	"resumed":           "the recording goes on",
	"marked":            "a moment was marked[ by {by}]",
	"mailed":            "a message was left for {who}",
	"passed_in":         "{who} came from another call",
	"passed_out":        "{who} went to another call",
	"merged":            "told by another call",
	"kept":              "the recording was stored",
	"closed":            "the call is over: {why}",
	"interrupted":       "the server was killed here: {why}",
	"verdict_none":      "Nothing was measured: nobody talked.",
	"verdict_missing":   "Nothing is known of the sound: no trace was kept of this call.",
	"verdict_good":      "Good sound both ways[: MOS {mos} at worst].",
	"verdict_fair_from": "Bearable sound: MOS {mos} at worst, from {who}.",
	"verdict_fair_to":   "Bearable sound: MOS {mos} at worst, to {who}.",
	"verdict_poor_from": "Poor sound from {who}: MOS {mos}.",
	"verdict_poor_to":   "Poor sound to {who}: MOS {mos}.",
	"verdict_loss_from": "{loss} % of the sound from {who} was lost between {from} and {to}.",
	"verdict_loss_to":   "{loss} % of the sound to {who} was lost between {from} and {to}.",
	"verdict_one_way":   "One-way audio from {from}: nothing came from {who}.",
	"verdict_gap":       "Nothing came from {who} from {from} to {to}.",
	"verdict_no_sound":  "Nothing at all came from {who}.",
}

// Words is every sentence in English, by key, for whoever says them in other languages.
//
//lint:ignore deadcode tests hold the other languages against it
func Words() map[string]string { return maps.Clone(words) }

// English is the sentence in English.
func (s Say) English() string { return Fill(words[s.Key], s.Of) }

// Fill puts values into a sentence of the form that Words has.
func Fill(sentence string, of map[string]string) string {
	var out strings.Builder
	for len(sentence) > 0 {
		part, rest := sentence, ""
		optional := sentence[0] == '['
		if optional {
			part, rest, _ = strings.Cut(sentence[1:], "]")
		} else if i := strings.IndexByte(sentence, '['); i >= 0 {
			part, rest = sentence[:i], sentence[i:]
		}
		sentence = rest
		if filled, whole := fill(part, of); whole || !optional {
			out.WriteString(filled)
		}
	}
	return out.String()
}

// fill reports whether every name had a value.
func fill(part string, of map[string]string) (string, bool) {
	whole := true
	for _, name := range names(part) {
		value, ok := of[name]
		whole = whole && ok
		part = strings.Replace(part, "{"+name+"}", strings.ReplaceAll(value, "{", "("), 1)
	}
	return part, whole
}

// names are what a part of a sentence wants, in order.
func names(part string) []string {
	var all []string
	for {
		_, after, ok := strings.Cut(part, "{")
		name, rest, closed := strings.Cut(after, "}")
		if !ok || !closed {
			return slices.Clip(all)
		}
		all, part = append(all, name), rest
	}
}
