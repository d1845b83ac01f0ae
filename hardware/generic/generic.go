// Package generic is a module of no particular maker, as 3GPP TS 27.007 and 27.005 have it: calls without sound,
// messages, USSD. The other families begin with what it does. It has no state and talks to nothing. Start at Family.
package generic

import (
	"time"

	"roadline/hardware/modem"
)

// Family is the family of modules that no other family knows.
func Family() modem.Family {
	return modem.Family{
		Name: "generic",
		Can: modem.Capabilities{
			Voice: modem.NoVoice, SMS: true, USSD: true, Hold: true, KeysOut: Keys, Forward: true, Attempts: true,
			Proved: "calls, SMS and USSD: simulator only; no real device was met",
		},
		Init:     Init(),
		Prepare:  Prepare("+CNMI=2,1,0,2,0"),
		Card:     modem.CardQueries{ICCID: []string{"+CCID", "+ICCID"}},
		HangUp:   HangUp(),
		USSD:     []modem.Coding{modem.Plain, modem.UCS2, modem.Packed},
		Storages: []string{"SM", "ME", "SR"},
		Steps:    Steps("+CFUN=1,1"),
		Quirks:   []string{"ATD may answer only when the far side rings: 27.007 leaves it open."},
	}
}

// Keys are those of a telephone: 27.007 annex C.2.11.
const Keys = "0123456789*#ABCD"

// Init is what every module is told first. Errors in numbers, calls hung up by ATH, names of networks as text.
func Init() []modem.Command {
	return append(
		modem.May("+CSCS=\"GSM\"", "+CVHU=0", "+CREG=2", "+CEREG=2", "+CRC=0"),
		// Calls come with their number, and nothing makes ATD wait for the answer (+COLP=1 does on some firmware).
		modem.May("+CLIP=1", "+COLP=0", "+CSSN=0,0", "+CUSD=1")...,
	)
}

// Prepare is what a module with a card is told. news is the +CNMI of the family: where messages and reports go.
func Prepare(news string) []modem.Command {
	list := modem.May("+CLIP=1", "+CUSD=1")
	list = append(list, modem.Must("+CMGF=0")...)
	list = append(list, modem.May("+CSMS=0", `+CPMS="SM","SM","SM"`)...)
	list = append(list, modem.Must(news)...)
	return append(list, modem.May("+CMMS=1")...)
}

// HangUp ends all calls by +CHUP, and by ATH where that is not known.
func HangUp() []modem.Command {
	return append(modem.Must("+CHUP"), modem.May("H")...)
}

// Steps is the ladder of resets; restart boots the module anew.
func Steps(restart string) map[modem.Step][]modem.Command {
	const slow = 20 * time.Second
	return map[modem.Step][]modem.Command{
		modem.RadioCycle: {{Text: "+CFUN=4", Limit: slow}, {Text: "+CFUN=1", Limit: slow}},
		modem.Restart:    {{Text: restart, Limit: slow}},
	}
}
