package demo

import (
	"fmt"
	"path/filepath"
	"strings"
)

// welcome says what is going on, and what to try next.
func (d *Demo) welcome() []string {
	p := d.o.Program + " --socket " + d.socket()
	host := strings.TrimSuffix(d.server.String(), fmt.Sprintf(":%d", d.server.Port()))
	return []string{
		fmt.Sprintf("%s is served at %s; a pretend carrier is at %s. Calls are coming; Ctrl-C ends it.", d.company.Profile.Name, d.server, d.world.Addr()),
		"",
		"What to try next, in another terminal:",
		"  " + p + " calls                        what came of each call; --live for those that go on",
		"  " + p + " call show ID                 every turn that a call took, and why",
		"  " + p + " explain --call ID            the same call decided again",
		"  " + p + " explain --from +79120000001 --to +74951234567 --keys 1 --at \"Sunday 10:00\"",
		"  " + p + " call recording ID -w a.wav; sox a.wav -n stat; ffplay -nodisp -autoexit a.wav",
		"  recordings lie in " + filepath.Join(d.o.Folder, "recordings") + ": the client on the left, the person on the right",
		fmt.Sprintf("  a phone of your own: server %s port %d (UDP or TCP), account %s, password %s; then dial 201, or 89120000001", host, d.server.Port(), guest, d.secrets[guest]),
		"  the company: edit " + filepath.Join(d.o.Folder, "acme.yaml") + ", then " + p + " apply it --reason \"try\"",
		"",
	}
}
