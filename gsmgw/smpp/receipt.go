package smpp

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu/pdutlv"

	"roadline/fmc"
)

// receipt is what a message centre, or we to a program, say became of a message: SMPP 3.4 Appendix B and §5.3.2.35.
type receipt struct {
	id    string
	state byte // message_state
	done  time.Time
}

// The values of message_state: SMPP 3.4 §5.2.28.
const (
	stateEnroute       = 1
	stateDelivered     = 2
	stateExpired       = 3
	stateDeleted       = 4
	stateUndeliverable = 5
	stateAccepted      = 6
	stateUnknown       = 7
	stateRejected      = 8
)

// stateWords are the states as the text of a receipt has them.
var stateWords = map[string]byte{
	"ENROUTE": stateEnroute, "DELIVRD": stateDelivered, "EXPIRED": stateExpired, "DELETED": stateDeleted, "UNDELIV": stateUndeliverable,
	"ACCEPTD": stateAccepted, "UNKNOWN": stateUnknown, "REJECTD": stateRejected,
}

// statuses are the states as TP-Status has them, 3GPP TS 23.040 §9.2.3.15: so is every report kept. 0x30 is the first that
// a centre may give a meaning of its own while it goes on trying.
var statuses = map[byte]byte{
	stateEnroute: 0x30, stateAccepted: 0x30, stateUnknown: 0x30, stateDelivered: 0x00, stateExpired: 0x46, stateDeleted: 0x48,
	stateUndeliverable: 0x43, stateRejected: 0x42,
}

// isReceipt reports that a deliver_sm tells of a message in place of being one.
func (s short) isReceipt() bool {
	kind := s.class & classKind
	return kind == classReceipt || kind == classIntermediate
}

// readReceipt reads a receipt: the optional parameters before the text, since they need no guessing. false: it says of no
// message, or nothing of it.
func readReceipt(s short, alphabet Alphabet) (receipt, bool) {
	text, _ := alphabet.decode(s.coding, s.data)
	r := receipt{id: strings.TrimRight(string(s.options[pdutlv.TagReceiptedMessageID]), "\x00")}
	if r.id == "" {
		r.id = wordIn(text, "id:")
	}
	if v := s.options[pdutlv.TagMessageStateOption]; len(v) == 1 {
		r.state = v[0]
	} else {
		r.state = stateWords[strings.ToUpper(wordIn(text, "stat:"))]
	}
	r.done = receiptTime(wordIn(text, "done date:"))
	_, known := statuses[r.state]
	return r, r.id != "" && known
}

// wordIn is what stands behind a key up to the next blank. Centres write the keys in any case and order.
func wordIn(text, key string) string {
	lower := strings.ToLower(text)
	for from := 0; ; {
		i := strings.Index(lower[from:], key)
		if i < 0 {
			return ""
		}
		at := from + i
		if at == 0 || lower[at-1] == ' ' {
			word, _, _ := strings.Cut(strings.TrimLeft(text[at+len(key):], " "), " ")
			return word
		}
		from = at + len(key)
	}
}

// receiptTime reads YYMMDDhhmm, with or without seconds, as UTC: no centre says its zone. Zero: it is none.
func receiptTime(s string) time.Time {
	for _, form := range []string{"0601021504", "060102150405"} {
		if t, err := time.Parse(form, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// IDs says how a centre writes its ids of messages in answers and in receipts: some write one in hex and the other in decimal.
type IDs uint8

// The forms.
const (
	SameIDs        IDs = iota // as they stand, in both
	HexAnswers                // hex in the answer, decimal in the receipt
	DecimalAnswers            // the other way round
)

// answered is an id of an answer in the form in which receipts are looked up.
func (i IDs) answered(id string) string {
	switch i {
	case HexAnswers:
		return rebased(id, 16)
	case DecimalAnswers:
		return rebased(id, 10)
	default:
		return id
	}
}

// receipted is an id of a receipt in the same form.
func (i IDs) receipted(id string) string {
	switch i {
	case HexAnswers:
		return rebased(id, 10)
	case DecimalAnswers:
		return rebased(id, 16)
	default:
		return id
	}
}

// rebased is a number in one way of writing it; what is no number stays as it is.
func rebased(id string, base int) string {
	n, err := strconv.ParseUint(id, base, 64)
	if err != nil {
		return id
	}
	return strconv.FormatUint(n, 10)
}

// stateOf is a message's state as a receipt to a program names it, and whether it is final.
func stateOf(s fmc.MessageState) (word string, state byte, final bool) {
	switch s {
	case fmc.MessageDelivered:
		return "DELIVRD", stateDelivered, true
	case fmc.MessageExpired:
		return "EXPIRED", stateExpired, true
	case fmc.MessageUndelivered:
		return "UNDELIV", stateUndeliverable, true
	case fmc.MessageFailed:
		return "REJECTD", stateRejected, true
	case fmc.MessageUncertain:
		return "UNKNOWN", stateUnknown, true
	case fmc.MessageReceived, fmc.MessageQueued, fmc.MessageSent:
		return "ENROUTE", stateEnroute, false
	}
	return "UNKNOWN", stateUnknown, true
}

// receiptText is the text of a receipt to a program.
func receiptText(d fmc.Delivery) string {
	word, state, _ := stateOf(d.State)
	there, failed := 0, "000"
	if state == stateDelivered {
		there = d.Parts
	}
	if state != stateDelivered && state != stateEnroute {
		failed = "001"
	}
	const form = "0601021504"
	return fmt.Sprintf("id:%s sub:%03d dlvrd:%03d submit date:%s done date:%s stat:%s err:%s text:%.20s",
		d.Message, d.Parts, there, d.At.UTC().Format(form), d.Done.UTC().Format(form), word, failed, printable(d.Text))
}

// printable is a text as far as any alphabet has its letters.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
