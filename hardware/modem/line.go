package modem

import (
	"encoding/hex"
	"strings"

	"roadline/fmc/cause"
	"roadline/hardware/at"
)

// standard is what an unasked line of 27.007 or 27.005 means, calls excepted.
func standard(s at.Said) []Event {
	head, rest, _ := strings.Cut(s.Line, ":")
	f := at.Fields(rest)
	switch head {
	case "+CMTI", "+CDSI":
		return []Event{Arrived{place(f)}}
	case "+CMT", "+CDS":
		if len(s.More) == 1 {
			if pdu, err := hex.DecodeString(s.More[0]); err == nil {
				return []Event{Delivered{PDU: pdu, Report: head == "+CDS"}}
			}
		}
		return []Event{Arrived{Place{Index: -1}}} // something came, and could not be read: look
	case "+CREG":
		return []Event{RadioIs{registration(f)}}
	case "+CUSD":
		if u, ok := ussdAnswer(f); ok {
			return []Event{Asked{u}}
		}
	case "+CPIN":
		return []Event{SIMIs{simStateOf(strings.TrimSpace(rest))}}
	}
	return nil
}

// place reads `"SM",7`. An index that is none, or negative (seen on Huawei), means: somewhere.
func place(f []at.Field) Place {
	p := Place{Storage: f[0].Text, Index: -1}
	if len(f) > 1 {
		if n, ok := f[1].Number(); ok && n >= 0 {
			p.Index = n
		}
	}
	return p
}

// caller reads `+CLIP: "<number>",<type>[,…,<validity>]`.
func caller(line string) (number string, hidden bool) {
	f, _ := at.Values(line, "+CLIP")
	if len(f) > 1 {
		number = international(f[0].Text, f[1].Text)
	}
	// 27.007 §7.6: validity 1, withheld; 2, not available. It is the sixth value; without a number type 128 says the same.
	if len(f) > 5 {
		return number, f[5].Text == "1"
	}
	return number, number == "" && len(f) > 1 && f[1].Text == "128"
}

// international puts the + before a number of type 145 that lacks it.
func international(number, kind string) string {
	if kind == "145" && number != "" && !strings.HasPrefix(number, "+") {
		return "+" + number
	}
	return number
}

// listed reads `+CLCC: <idx>,<dir>,<stat>,<mode>,<mpty>[,"<number>",<type>…]`. ok is false for what is no voice call:
// under LTE Quectel lists one of data that is always there.
func listed(line string) (c Call, ok bool) {
	f, ok := at.Values(line, "+CLCC")
	if !ok || len(f) < 4 {
		return Call{}, false
	}
	index, ok1 := f[0].Number()
	dir, ok2 := f[1].Number()
	stat, ok3 := f[2].Number()
	if !ok1 || !ok2 || !ok3 || f[3].Text != "0" {
		return Call{}, false
	}
	c = Call{Index: index, Incoming: dir == 1, State: CallStateOf(stat)}
	if len(f) > 6 {
		c.Number = international(f[5].Text, f[6].Text)
	}
	return c, c.State != ""
}

// CallStateOf is the state by its number in +CLCC; 6, ended, is SIMCom's. Empty: there is no such number.
func CallStateOf(stat int) CallState {
	states := [...]CallState{CallActive, CallHeld, CallDialing, CallAlerting, CallIncoming, CallWaiting, CallEnded}
	if stat < 0 || stat >= len(states) {
		return ""
	}
	return states[stat]
}

// callResult is what a result line of V.250 says of the call that it ends. NO CARRIER says nothing: ask Released.
func callResult(line string) (why cause.Cause, ok bool) {
	switch line {
	case "NO CARRIER":
		return cause.Cause{}, true
	case "BUSY":
		return cause.Of(cause.Busy), true
	case "NO ANSWER":
		return cause.Of(cause.NoAnswer), true
	case "NO DIALTONE", "NO DIAL TONE":
		return cause.Because(cause.LineFault, "The modem had no network to dial in."), true
	default:
		return cause.Cause{}, false
	}
}
