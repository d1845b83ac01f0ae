package demo

import (
	"fmt"
	"path/filepath"

	"roadline/fmc"
)

// command is the program with the demo's server, as it is written in another terminal.
func (d *Demo) command() string { return d.o.Program + " --socket " + d.socket() }

// welcome says what is going on, and what to try next.
func (d *Demo) welcome() []string {
	lines := []string{
		fmt.Sprintf("%s is served at %s; everybody else is pretended, behind the carrier at %s.", d.company.Profile.Name, d.listen[0], d.world.Addr()),
		"Calls come now. Ctrl-C ends it.",
		"",
		"The cabinet, in a browser on this machine; whoever follows a link is signed in:",
	}
	for _, who := range [][2]string{
		{"on the road, at phone width", "petrova"}, {"head of sales", "ivanov"}, {"manager", "boris"}, {"operator", "olga"}, {"administrator", "vera"},
	} {
		lines = append(lines, fmt.Sprintf("  %-30s http://%s/?demo=%s", who[0], d.web, who[1]))
	}
	lines = append(lines,
		fmt.Sprintf("  %-30s http://%s/docs/api", "for programs", d.web),
		"",
		"To try next, in another terminal:",
	)
	for _, hint := range [][2]string{
		{"what came of each call", "calls"},
		{"calls that go on", "calls --live"},
		{"the SIM lines, and their ills", "line list"},
		{"the modems and the cards", "modem list   # or: sim list"},
		{"the gateway, and its quirks", "gateway list"},
		{"the SIM bank", "bank list"},
		{"the message centre", "smpp list"},
		{"what clients wrote", "sms list"},
		{"who was not called back yet", "missed list " + string(d.company.Profile.ID)},
		{"have one of us call a client", "call make " + string(d.company.Profile.ID) + " petrova +79120000001"},
		{"write to a client", "sms send --to +79120000001 \"Your bricks are here.\""},
		{"what is left on a card", "ussd " + string(d.company.SIMs[0].ICCID) + " \"*100#\"   # or *105#, a menu"},
		{"what would happen on Sunday", "explain --from +79120000001 --to " + d.company.Numbers[accountsNumber].Number.E164 + " --at \"Sunday 10:00\""},
		{"a changed company", "apply " + filepath.Join(d.o.Folder, "acme.yaml") + " --reason \"try\"   # once you have changed it"},
	} {
		lines = append(lines, fmt.Sprintf("  %-30s %s %s", hint[0], d.command(), hint[1]))
	}
	return append(lines,
		fmt.Sprintf("  %-30s at %s, UDP or TCP, as user %s with password %s;", "a phone of your own", d.listen[len(d.listen)-1], guest, d.secrets[guest]),
		fmt.Sprintf("  %-30s then dial 201 or 89120000001, and pick up when it rings", ""),
		"")
}

// again is after how many recordings is said once more how they are heard.
const again = 25

// recorded says how the first recording is heard, and now and then another.
func (d *Demo) recorded(n int, r fmc.Record) {
	if n%again != 1 {
		return
	}
	lines := []string{""}
	for _, hint := range [][2]string{
		{"hear that (left: client)", "ffplay -nodisp -autoexit " + filepath.Join(d.o.Folder, "recordings", r.Recording.Kept.File)},
		{"every turn it took, and why", d.command() + " call show " + string(r.ID)},
		{"decide it again", d.command() + " explain --call " + string(r.ID)},
	} {
		lines = append(lines, fmt.Sprintf("  %-30s %s", hint[0], hint[1]))
	}
	d.screen.say(append(lines, "")...)
}
