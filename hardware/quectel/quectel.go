// Package quectel is the family of EC20, EC21, EC25, EG25 and their kin on LTE: calls told by +QIND or ^DSCI, speech as
// raw samples on the NMEA port or as a USB sound card, armed anew for every call. It has no state and talks to nothing.
// Start at Family.
package quectel

import (
	"strconv"
	"strings"

	"roadline/hardware/at"
	"roadline/hardware/generic"
	"roadline/hardware/modem"
)

// Family is the family with speech on the serial port, which every firmware with voice has.
func Family() modem.Family {
	return modem.Family{
		Name: "quectel",
		USB: []modem.USB{
			product(0x0125), product(0x0121), product(0x0306), product(0x0191), product(0x0195), product(0x0296), product(0x0800),
		},
		Can: modem.Capabilities{
			Voice: modem.SerialPCM, SMS: true, USSD: true, Hold: true, KeysIn: true, KeysOut: generic.Keys, Forward: true, Attempts: true,
			Proved: "simulator and public transcripts only; no real device was met",
		},
		Init: append(generic.Init(), modem.May(
			`+QURCCFG="urcport","usbat"`, `+QGPSCFG="outport","none"`, // the speech port is that of the positions
			`+QINDCFG="ccinfo",1,0`, `+QINDCFG="csq",1,0`, `+QINDCFG="act",1,0`, `+QINDCFG="ring",0,0`, `+QINDCFG="smsfull",1,0`,
			"^DSCI=1", "+QTONEDET=1", "+QSIMSTAT=1", "+QPCMV=0",
		)...),
		// Reports come at once: +CDSI was seen to name places that are empty.
		Prepare: generic.Prepare("+CNMI=2,1,0,1,0"),
		Forms: []at.Form{
			{Prefix: "+QIND:"},
			{Prefix: "^DSCI:", Asked: []string{"^DSCI?"}},
			{Prefix: "+QTONEDET:", Asked: []string{"+QTONEDET?"}},
			{Prefix: "+QPCMV:", Asked: []string{"+QPCMV?", "+QPCMV=?"}},
			{Prefix: "+QSIMSTAT:", Asked: []string{"+QSIMSTAT?"}},
			{Prefix: "+QUSIM:"},
			{Prefix: "RDY"},
			{Prefix: "POWERED DOWN"},
			{Prefix: "NORMAL POWER DOWN"},
		},
		Tell:   tell,
		Speech: modem.Path{Arm: arm("+QPCMV=1,0"), Disarm: modem.May("+QPCMV=0"), Pause: pause},
		Card: modem.CardQueries{
			ICCID:    []string{"+QCCID"},
			Attempts: []modem.Count{{Command: `+QPINC="SC"`, Read: attempts}},
			IMS:      modem.Query{Command: `+QCFG="ims"`, Has: ims},
		},
		HangUp:   modem.Must("+CHUP"),
		USSD:     []modem.Coding{modem.Plain, modem.UCS2},
		Storages: []string{"SM", "ME", "SR"},
		Steps:    generic.Steps("+CFUN=1,1"),
		Quirks: []string{
			"EC25: speech is silent from the second call on unless +QPCMV is sent for each (chan_quectel).",
			"LTE: +CLCC lists a call of data that is always there.",
			"EP06: +QHUP was seen to hang; +CHUP is used.",
		},
	}
}

// Sound is the family with speech as a USB sound card: +QCFG="USBCFG" has to be set once, which reboots the module.
func Sound() modem.Family {
	f := Family()
	f.Name = "quectel-uac"
	f.Can.Voice = modem.SoundCard
	f.Can.Proved = "commands: simulator and public transcripts only; the sound card: nothing"
	f.Speech = modem.Path{Arm: arm("+QPCMV=1,2"), Disarm: modem.May("+QPCMV=0")}
	for i := range f.USB {
		f.USB[i].Sound = true
	}
	return f
}

// arm switches off first: without that a second call is silent.
func arm(command string) []modem.Command {
	return append(modem.May("+QPCMV=0"), modem.Must(command)...)
}

// product is a module by its USB product; the interfaces are the same for all.
func product(id uint16) modem.USB {
	return modem.USB{Vendor: 0x2c7c, Product: id, Ports: map[int]modem.Port{1: modem.SpeechPort, 2: modem.CommandPort, 3: modem.SecondPort}}
}

// tell reads the maker's lines.
func tell(line string) ([]modem.Event, bool) {
	head, rest, _ := strings.Cut(line, ":")
	f := at.Fields(rest)
	switch head {
	case "+QIND":
		return indicated(f), true
	case "^DSCI":
		return dsci(f), true
	case "+QTONEDET": // the key's ASCII code
		if n, ok := f[0].Number(); ok && strings.ContainsRune(generic.Keys, rune(n)) {
			return []modem.Event{modem.Keyed{Key: byte(n)}}, true
		}
	case "+QSIMSTAT":
		if len(f) > 1 && f[1].Text == "0" {
			return []modem.Event{modem.SIMIs{State: modem.SIMAbsent}}, true
		}
	case "RDY":
		return []modem.Event{modem.Rebooted{}}, true
	case "+QUSIM", "POWERED DOWN", "NORMAL POWER DOWN", "+QPCMV":
	default:
		return nil, false
	}
	return nil, true
}

// indicated reads +QIND: "ccinfo",<idx>,<dir>,<state>,<mode>,<mpty>,"<number>",<type>[,…]. State counts as +CLCC does,
// with -1 for the end.
func indicated(f []at.Field) []modem.Event {
	switch f[0].Text {
	case "ccinfo":
		if len(f) < 8 || f[4].Text != "0" {
			return nil
		}
		state, _ := f[3].Number()
		if f[3].Text == "-1" {
			return call(f[1], f[2], modem.CallEnded, f[6], f[7])
		}
		return call(f[1], f[2], modem.CallStateOf(state), f[6], f[7])
	case "csq":
		if len(f) > 1 {
			if n, ok := f[1].Number(); ok {
				return []modem.Event{modem.RadioIs{Radio: modem.Radio{SignalDBm: modem.SignalOf(n)}}}
			}
		}
	case "act":
		if len(f) > 1 {
			return []modem.Event{modem.RadioIs{Radio: modem.Radio{Access: access(f[1].Text)}}}
		}
	case "smsfull":
		if len(f) > 1 {
			return []modem.Event{modem.Full{Storage: f[1].Text}}
		}
	}
	return nil
}

// dsci reads ^DSCI: <id>,<dir>,<stat>,<type>,<number>,<numtype>, which counts states in its own way.
func dsci(f []at.Field) []modem.Event {
	if len(f) < 6 || f[3].Text != "0" {
		return nil
	}
	states := map[string]modem.CallState{
		"1": modem.CallHeld, "2": modem.CallDialing, "3": modem.CallActive, "4": modem.CallIncoming, "5": modem.CallWaiting,
		"6": modem.CallEnded, "7": modem.CallAlerting,
	}
	return call(f[0], f[1], states[f[2].Text], f[4], f[5])
}

func call(index, dir at.Field, state modem.CallState, number, kind at.Field) []modem.Event {
	n, ok := index.Number()
	if !ok || state == "" {
		return nil
	}
	c := modem.Call{Index: n, Incoming: dir.Text == "1", State: state, Number: number.Text}
	if kind.Text == "145" && c.Number != "" && c.Number[0] != '+' {
		c.Number = "+" + c.Number
	}
	return []modem.Event{modem.CallIs{Call: c}}
}

func access(name string) string {
	switch name {
	case "GSM", "EGPRS", "EDGE", "GPRS":
		return "2G"
	case "WCDMA", "HSDPA", "HSUPA", "HSPA+", "TDSCDMA", "UMTS":
		return "3G"
	case "LTE", "CAT-M", "CAT-NB", "eMTC", "NBIoT":
		return "4G"
	default:
		return ""
	}
}

// pause reads +QPCMV: 0,0, the buffer is full, and +QPCMV: 1,0, it has room again.
func pause(line string) (pause, ok bool) {
	f, ok := at.Values(line, "+QPCMV")
	return ok && f[0].Text == "0", ok
}

// attempts: `+QPINC: "SC",<pin>,<puk>`.
func attempts(line string) (n int, ok bool) {
	f, ok := at.Values(line, "+QPINC")
	if !ok || len(f) < 2 || f[0].Text != "SC" {
		return 0, false
	}
	return f[1].Number()
}

// ims: `+QCFG: "ims",<as the network wants, on, off>,<works>`.
func ims(line string) (yes, ok bool) {
	f, ok := at.Values(line, "+QCFG")
	if !ok || len(f) < 3 || f[0].Text != "ims" {
		return false, false
	}
	works, err := strconv.Atoi(f[2].Text)
	return err == nil && works == 1, true
}
