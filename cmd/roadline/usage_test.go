package main

import (
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"roadline/fmc/cause"
)

func TestAWrongCommandLineIsToldInWordsOfPeople(t *testing.T) {
	for line, want := range map[string]string{
		"gsmsim --pace x":                        `--pace "x": write a number`,
		"demo --every x":                         `--every "x": write a time such as 40s, 5m or 1h30m`,
		"demo --seed -1":                         `--seed "-1": write a whole number from 0`,
		"line shadow --days x":                   `--days "x": write a whole number`,
		"export --list=x":                        `--list "x": write true or false`,
		"help bogus":                             `there is no command "bogus"`,
		"help call bogus":                        `there is no command "call bogus"`,
		"call bogus":                             `roadline call has no "bogus"`,
		"calls acme --company beta":              `two companies are named, "acme" and --company "beta": name one`,
		"user invite --company beta acme petrov": `two companies are named, "acme" and --company "beta": name one`,
		"user password acme petrov --generate --remove": "--generate makes a password and --remove takes it away: write one of them",
		"demo --every -5s":                "--every -5s: write a time above 0",
		"demo --most 0":                   "--most 0: write a whole number from 1",
		"demo --calls -1":                 "--calls -1: write a whole number from 0",
		"demo --for -1s":                  "--for -1s: write a time, or 0",
		"gsmsim --pin 1234 --puk x":       "--puk: write 8 digits",
		"recordings hold x":               "--by is missing: say who wants it",
		"recordings delete x --by petrov": "--reason is missing: say why",
	} {
		s := runWith(t, "", strings.Fields(line)...)
		if s.code != exitUsage || !strings.Contains(s.err, want) || !strings.Contains(s.err, "see roadline help") || s.out != "" {
			t.Errorf("%s: %s", line, s)
		}
		if strings.Contains(s.err, "strconv") || strings.Contains(s.err, "time: ") {
			t.Errorf("%s speaks of the program's language: %s", line, s.err)
		}
	}
}

func TestAPortInTroubleIsExitCode1(t *testing.T) {
	s := runWith(t, "", "modem", "probe", "/nowhere")
	if s.code != exitFailed || !strings.Contains(s.out, "nothing is plugged in at /nowhere") || !strings.Contains(s.err, "1 of 1 ports are in trouble") {
		t.Error(s)
	}
}

// TestEveryFlagSaysWhatItsValueMustBe walks every command: a value of a type that wanted does not know would be refused
// without a remedy.
func TestEveryFlagSaysWhatItsValueMustBe(t *testing.T) {
	walkCommands((&program{}).root(), func(c *cobra.Command) {
		for name, flag := range flagsOf(c) {
			if kind := flag.Value.Type(); kind != "string" && wanted[kind] == "" {
				t.Errorf("%s --%s is of type %s, which has no words", c.CommandPath(), name, kind)
			}
			if flag.Usage == "" || strings.HasSuffix(flag.Usage, ".") {
				t.Errorf("%s --%s: %q is no explanation as the others are", c.CommandPath(), name, flag.Usage)
			}
		}
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: %q is no explanation as the others are", c.CommandPath(), c.Short)
		}
	})
}

func TestHelpIsTheSameHoweverItIsAskedFor(t *testing.T) {
	want := runWith(t, "", "call", "--help")
	for _, line := range []string{"help call", "call help", "call"} {
		if s := runWith(t, "", strings.Fields(line)...); s.code != exitOK || s.out != want.out || s.err != "" {
			t.Errorf("%s: %s", line, s)
		}
	}
	if s := runWith(t, "", "help", "call", "show"); !strings.Contains(s.out, "roadline call show ID") {
		t.Error(s)
	}
}

// closed is a way to a server whose socket is closed to the account.
type closed struct{}

func (closed) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "unix", Err: os.NewSyscallError("connect", syscall.EACCES)}
}

func TestASocketThatIsClosedToTheAccountIsNoServerThatIsAway(t *testing.T) {
	s := &server{path: "data/roadline.sock", client: &http.Client{Transport: closed{}}}
	err := s.ask(t.Context(), http.MethodGet, at("state"), nil, nil)
	if !errors.Is(err, cause.Denied) || !strings.Contains(err.Error(), "data/roadline.sock is closed to this account: run this as root") {
		t.Error(err)
	}
}

// walkCommands has a function see a command and those below it.
func walkCommands(c *cobra.Command, see func(*cobra.Command)) {
	see(c)
	for _, sub := range c.Commands() {
		walkCommands(sub, see)
	}
}

// flagsOf are a command's own flags.
func flagsOf(c *cobra.Command) map[string]*pflag.Flag {
	all := map[string]*pflag.Flag{}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) { all[f.Name] = f })
	return all
}
