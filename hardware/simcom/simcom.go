// Package simcom is SIMCom's two families: SIM7600 and its kin on LTE, with speech on a serial port that is opened in the
// call, and SIM800 and SIM900 on GSM, whose sound stays on the board. It has no state and talks to nothing. Start at
// SIM7600.
package simcom

import (
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/at"
	"roadline/hardware/generic"
	"roadline/hardware/modem"
)

// SIM7600 is the family of SIM7600, SIM7500 and SIM7100.
func SIM7600() modem.Family {
	return modem.Family{
		Name: "sim7600",
		USB: []modem.USB{{Vendor: 0x1e0e, Product: 0x9001, Ports: map[int]modem.Port{
			2: modem.CommandPort, 3: modem.SecondPort, 4: modem.SpeechPort,
		}}},
		Can: modem.Capabilities{
			Voice: modem.SerialPCM, SMS: true, USSD: true, Hold: true, KeysIn: true, KeysOut: generic.Keys, Forward: true, Attempts: true,
			Proved: "simulator and public transcripts only; no real device was met",
		},
		Init:    append(generic.Init(), modem.May("+CLCC=1", "+DDET=1", "+CPCMFRM=0", "+CPCMBANDWIDTH=1,1", "+AUTOCSQ=0")...),
		Prepare: generic.Prepare("+CNMI=2,1,0,2,0"),
		Forms:   forms(),
		Tell:    tell,
		Speech: modem.Path{
			Arm:    modem.Must("+CPCMREG=1"),
			Disarm: modem.May("+CPCMREG=0"),
			Within: 12 * time.Second, // it is refused until the call is active
		},
		Card: modem.CardQueries{
			ICCID:    []string{"+CICCID"},
			Attempts: []modem.Count{{Command: "+SPIC", Read: attempts}},
		},
		HangUp:   modem.Must("+CHUP"),
		USSD:     []modem.Coding{modem.Plain, modem.UCS2},
		Storages: []string{"SM", "ME", "SR"},
		Steps:    generic.Steps("+CRESET"),
		Quirks: []string{
			"LE20B06SIM7600G22: the far side hears nothing; LE20B05 is right.",
			"The speech port loses an odd count of bytes when nobody reads: what follows is static, and is mended.",
			"After the first call +CPCMREG=1 may be refused for good: only +CRESET helps.",
			"+COPS=0,0 and ^CVOICE? may stay without an answer; neither is sent.",
		},
	}
}

// SIM800 is the family of SIM800 and SIM900: GSM, sound by wires on the board only. It sits behind a serial converter,
// whose USB ids say nothing about it.
func SIM800() modem.Family {
	return modem.Family{
		Name: "sim800",
		Can: modem.Capabilities{
			Voice: modem.NoVoice, SMS: true, USSD: true, Hold: true, KeysIn: true, KeysOut: generic.Keys, Forward: true, Attempts: true,
			Proved: "simulator and public transcripts only; no real device was met",
		},
		Init: append(generic.Init(), modem.May("+CLCC=1", "+DDET=1")...),
		// It has no storage for reports: they come at once.
		Prepare: generic.Prepare("+CNMI=2,1,0,1,0"),
		Forms:   forms(),
		Tell:    tell,
		Card: modem.CardQueries{
			ICCID:    []string{"+CCID"},
			Attempts: []modem.Count{{Command: "+SPIC", Read: attempts}},
		},
		HangUp:   modem.Must("H"),
		USSD:     []modem.Coding{modem.Plain, modem.UCS2},
		Storages: []string{"SM", "ME"},
		Steps:    generic.Steps("+CFUN=1,1"),
		Quirks:   []string{"An empty place of a message is told as +CMGR: 0,,0."},
	}
}

func forms() []at.Form {
	return []at.Form{
		// Lines that came unasked stand in the list when they come while it is told; the end of a call never does.
		{Prefix: "+CLCC:", Asked: []string{"+CLCC"}, Unasked: func(f []at.Field) bool { return len(f) > 2 && f[2].Text == "6" }},
		{Prefix: "VOICE CALL:"},
		{Prefix: "MISSED_CALL:"},
		{Prefix: "+RXDTMF:"},
		{Prefix: "+DTMF:"},
		{Prefix: "+SIMCARD:"},
		{Prefix: "+CNSMOD:", Asked: []string{"+CNSMOD?"}},
		{Prefix: "+CGEV:"},
		{Prefix: "+PSUTTZ:"},
		{Prefix: "DST:"},
		{Prefix: "*PSUTTZ:"},
		{Prefix: "+SMS FULL"},
		{Prefix: "RDY"},
		{Prefix: "PB DONE"},
		{Prefix: "SMS DONE"},
		{Prefix: "Call Ready"},
		{Prefix: "SMS Ready"},
		{Prefix: "NORMAL POWER DOWN"},
		{Prefix: "UNDER-VOLTAGE"},
	}
}

// tell reads the maker's lines. Calls are told by +CLCC, unasked, with 6 for the end: the standard reading knows it.
func tell(line string) ([]modem.Event, bool) {
	head, rest, _ := strings.Cut(line, ":")
	rest = strings.TrimSpace(rest)
	switch head {
	case "VOICE CALL":
		if rest == "BEGIN" {
			return []modem.Event{modem.CallIs{Call: modem.Call{State: modem.CallActive}}}, true
		}
		return []modem.Event{modem.CallIs{Call: modem.Call{State: modem.CallEnded}}}, true
	case "MISSED_CALL":
		return []modem.Event{modem.CallIs{Call: modem.Call{Incoming: true, State: modem.CallEnded}, Cause: cause.Of(cause.Cancelled)}}, true
	case "+RXDTMF", "+DTMF":
		if len(rest) > 0 {
			return []modem.Event{modem.Keyed{Key: rest[0]}}, true
		}
	case "+SIMCARD":
		return []modem.Event{modem.SIMIs{State: modem.SIMAbsent}}, true
	case "+CNSMOD":
		return []modem.Event{modem.RadioIs{Radio: modem.Radio{Access: mode(rest)}}}, true
	case "+SMS FULL":
		return []modem.Event{modem.Full{Storage: "SM"}}, true
	case "RDY":
		return []modem.Event{modem.Rebooted{}}, true
	case "+CGEV", "+PSUTTZ", "*PSUTTZ", "DST", "PB DONE", "SMS DONE", "Call Ready", "SMS Ready", "NORMAL POWER DOWN", "UNDER-VOLTAGE WARNNING":
	default:
		return nil, false
	}
	return nil, true
}

// mode: +CNSMOD: <stat>.
func mode(stat string) string {
	switch stat {
	case "1", "2", "3":
		return "2G"
	case "4", "5", "6", "7":
		return "3G"
	case "8":
		return "4G"
	default:
		return ""
	}
}

// attempts: `+SPIC: 3,10,3,10`; the first is the PIN's on both kinds, the order of the others differs.
func attempts(line string) (n int, ok bool) {
	f, ok := at.Values(line, "+SPIC")
	if !ok {
		return 0, false
	}
	return f[0].Number()
}
