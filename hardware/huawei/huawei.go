// Package huawei is the family of Huawei's voice dongles, E1550 and E173 and their kin: speech as raw samples on a serial
// port, calls told by ^ORIG, ^CONF, ^CONN and ^CEND, USSD in packed septets. What it knows is what the makers of
// chan_dongle and their users wrote down. It has no state and talks to nothing. Start at Family.
package huawei

import (
	"fmt"
	"strings"

	"roadline/hardware/at"
	"roadline/hardware/generic"
	"roadline/hardware/modem"
)

// Family is the family.
func Family() modem.Family {
	return modem.Family{
		Name: "huawei",
		USB: []modem.USB{
			product(0x1001, 2, 1), product(0x140c, 3, 2), product(0x14ac, 4, 3), product(0x1436, 4, 3), product(0x1506, 3, 2),
		},
		Can: modem.Capabilities{
			Voice: modem.SerialPCM, SMS: true, USSD: true, Hold: true, KeysOut: keys, Forward: true, Attempts: true,
			Proved: "simulator and public transcripts only; no real device was met",
		},
		Init:    append(modem.May("^U2DIAG=0", "^CURC=1", "^CVOICE=0"), generic.Init()...),
		Prepare: generic.Prepare("+CNMI=2,1,0,2,0"),
		Forms: []at.Form{
			{Prefix: "^ORIG:"},
			{Prefix: "^CONF:"},
			{Prefix: "^CONN:"},
			{Prefix: "^CEND:"},
			{Prefix: "^BOOT:"},
			{Prefix: "^SRVST:"},
			{Prefix: "^MODE:"},
			{Prefix: "^RSSI:"},
			{Prefix: "^HCSQ:", Asked: []string{"^HCSQ?"}},
			{Prefix: "^SIMST:"},
			{Prefix: "^SMMEMFULL:"},
			{Prefix: "^STIN:"},
			{Prefix: "^DSFLOWRPT:"},
		},
		Tell: tell,
		Speech: modem.Path{
			Allowed: modem.Query{Command: "^CVOICE?", Has: hasVoice},
			// The second call is as loud as the first only after the volume was moved once.
			Arm: append(modem.Must("^DDSETEX=2"), modem.May("+CLVL=1", "+CLVL=5")...),
		},
		Card: modem.CardQueries{
			ICCID:    []string{"^ICCID?"},
			Attempts: []modem.Count{{Command: "^CPIN?", Read: attempts}},
		},
		// ATH does nothing to voice calls here. +CHLD=1x before ^CONF kills the port: it is never sent.
		HangUp:   modem.Must("+CHUP"),
		Key:      func(call int, key byte) string { return fmt.Sprintf("^DTMF=%d,%c", call, key) },
		USSD:     []modem.Coding{modem.Packed, modem.Plain},
		Storages: []string{"SM", "ME", "SR"},
		Steps:    generic.Steps("+CFUN=1,1"),
		Quirks: []string{
			"E1550: +CHLD=1x before ^CONF kills the AT port until the dongle is plugged anew (chan_dongle).",
			"E1550: about 300 ms of an earlier call's sound come first (chan_dongle).",
			"E3372: +CSQ may stay without an answer while ^RSSI and ^HCSQ stream (chan_dongle issues).",
			"Most E3372 firmware has no voice: ^CVOICE is not known.",
		},
	}
}

// keys: A to D are refused.
const keys = "0123456789*#"

// product is a dongle by its USB product and the interfaces of commands and speech, as chan_dongle's table has them.
func product(id uint16, command, speech int) modem.USB {
	return modem.USB{Vendor: 0x12d1, Product: id, Ports: map[int]modem.Port{command: modem.CommandPort, speech: modem.SpeechPort}}
}

// tell reads the maker's lines. ^BOOT comes again and again and means nothing.
func tell(line string) ([]modem.Event, bool) {
	head, rest, ok := strings.Cut(line, ":")
	if !ok || !strings.HasPrefix(head, "^") {
		return nil, false
	}
	f := at.Fields(rest)
	n := func(i int) int {
		if i >= len(f) {
			return -1
		}
		v, ok := f[i].Number()
		if !ok {
			return -1
		}
		return v
	}
	switch head {
	case "^ORIG":
		return called(n(0), modem.CallDialing), true
	case "^CONF":
		// It comes when the network has taken the call, on some firmware before the far side rings: the list of calls
		// tells alerting from dialling.
		return called(n(0), modem.CallDialing), true
	case "^CONN":
		return called(n(0), modem.CallActive), true
	case "^CEND": // index, seconds, end status[, cause of 24.008]
		return []modem.Event{modem.CallIs{Call: modem.Call{Index: max(0, n(0)), State: modem.CallEnded}, Cause: modem.Cause(max(0, n(3)))}}, true
	case "^RSSI":
		return []modem.Event{modem.RadioIs{Radio: modem.Radio{SignalDBm: modem.SignalOf(n(0))}}}, true
	case "^MODE":
		return []modem.Event{modem.RadioIs{Radio: modem.Radio{Access: mode(n(0))}}}, true
	case "^SIMST":
		return []modem.Event{modem.SIMIs{State: card(n(0))}}, true
	case "^SMMEMFULL":
		return []modem.Event{modem.Full{Storage: f[0].Text}}, true
	default:
		return nil, true
	}
}

func called(index int, state modem.CallState) []modem.Event {
	return []modem.Event{modem.CallIs{Call: modem.Call{Index: max(0, index), State: state}}}
}

// mode: ^MODE:<sys_mode>.
func mode(n int) string {
	switch n {
	case 3:
		return "2G"
	case 4, 5, 15:
		return "3G"
	case 7:
		return "4G"
	default:
		return ""
	}
}

func card(n int) modem.SIMState {
	switch n {
	case 1:
		return modem.SIMReady
	case 0, 255:
		return modem.SIMAbsent
	default:
		return modem.SIMFailed
	}
}

// hasVoice: `^CVOICE:0,8000,16,20`; 1 means switched off, or locked.
func hasVoice(line string) (yes, ok bool) {
	f, ok := at.Values(line, "^CVOICE")
	return ok && f[0].Text == "0", ok
}

// attempts: `^CPIN: <code>,<times>,<puk>,<pin>,<puk2>,<pin2>`.
func attempts(line string) (n int, ok bool) {
	f, ok := at.Values(line, "^CPIN")
	if !ok || len(f) < 4 {
		return 0, false
	}
	return f[3].Number()
}
