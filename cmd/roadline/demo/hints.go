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
		fmt.Sprintf("%s is served at %s; everybody else is pretended, behind the carrier at %s.", d.company.Profile.Name, d.server, d.world.Addr()),
		"Calls come now. Ctrl-C ends it.",
		"",
		"To try next, in another terminal:",
	}
	for _, hint := range [][2]string{
		{"calls", "what came of each call; --live: those that go on"},
		{"explain --from +79120000001 --to " + d.company.Numbers[mainNumber].Number.E164 + " --keys 1", "what would happen, and why; --at \"Sunday 10:00\": then"},
		{"export " + string(d.company.Profile.ID), "the company; change " + filepath.Join(d.o.Folder, "acme.yaml") + " and apply it"},
	} {
		lines = append(lines, fmt.Sprintf("  %s %-66s # %s", d.command(), hint[0], hint[1]))
	}
	return append(lines,
		"  or register a phone of your own, and pick up, or dial 201 or 89120000001:",
		fmt.Sprintf("  server %s, UDP or TCP; user %s; password %s", d.server, guest, d.secrets[guest]),
		"")
}

// again is after how many recordings is said once more how they are heard.
const again = 25

// recorded says how the first recording is heard, and now and then another.
func (d *Demo) recorded(n int, r fmc.Record) {
	if n%again != 1 {
		return
	}
	file := filepath.Join(d.o.Folder, "recordings", r.Recording.Kept.File)
	d.screen.say("",
		"  Hear that: ffplay -nodisp -autoexit "+file+"   # the client is left, the person right; or: play, of sox",
		"  Why so:    "+d.command()+" call show "+string(r.ID),
		"  Again:     "+d.command()+" explain --call "+string(r.ID),
		"")
}
