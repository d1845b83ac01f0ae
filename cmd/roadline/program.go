package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"roadline/configs"
	"roadline/fmc/cause"
)

// program is one run of the command line: where it reads and writes, and the flags that every command has.
type program struct {
	in       io.Reader
	out, err io.Writer
	zone     *time.Location // times are shown in it
	now      func() time.Time

	config, socket, output string
	read                   string // the machine file that was read; empty: there is none
}

const about = `Roadline puts staff on the road on the company's line: calls to the company's number reach an ordinary mobile, calls
from the road show the company's number, and every such call is recorded and can be proved.

Exit codes: 0 done; 1 what was asked is false or was refused (a test fails, a file is wrong, there is no such call);
2 the command was used wrongly; 3 no server answers, a part of it is away, or it made a mistake.
Answers go to standard output, as a table or with -o json; what is wrong, and what to do, to standard error.`

// root is the tree of commands.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use: "roadline", Short: "Staff on the road, on the company's line", Long: about,
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return use(c, "there is no command %q%s", args[0], suggested(c, args[0]))
		},
		PersistentPreRunE: func(c *cobra.Command, args []string) error {
			if p.output != "table" && p.output != "json" {
				return use(c, "-o %q: write table or json", p.output)
			}
			return oneCompany(c, args)
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.SetFlagErrorFunc(flagWrong)
	root.SetHelpCommand(help(root))
	flags := root.PersistentFlags()
	flags.StringVar(&p.config, "config", "", "the machine file (default roadline.yaml here, else /etc/roadline/roadline.yaml)")
	flags.StringVar(&p.socket, "socket", "", "the server's socket (default what the machine file says)")
	flags.StringVarP(&p.output, "output", "o", "table", "table or json")
	root.AddCommand(
		p.serve(), p.demo(), p.apply(), p.export(), p.check(), p.explain(), p.test(), p.calls(), p.call(), p.missed(), p.alerts(), p.recordings(), p.doctor(), p.quarantine(), p.mail(), p.prompt(), p.user(),
		p.sms(), p.smpp(), p.ussd(), p.sim(), p.line(), p.modem(), p.gateway(), p.card(), p.bank(), p.gsmsim(), p.version(),
	)
	return root
}

// failed is a finding: what was asked was looked at, and it is false.
func failed(format string, args ...any) error { return cause.Errorf(cause.Invalid, format, args...) }

// show writes an answer: as JSON, or by the function as text.
func (p *program) show(v any, text func(io.Writer)) error {
	if p.output == "json" {
		e := json.NewEncoder(p.out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(v)
	}
	text(p.out)
	return nil
}

// table writes rows under a head, their columns under each other.
func table(w io.Writer, head string, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.ReplaceAll(head, " ", "\t"))
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	_ = t.Flush() // where it goes tells of its errors itself
}

// moment writes a time as people read it.
func (p *program) moment(t time.Time) string { return t.In(p.zone).Format("2006-01-02 15:04:05") }

// file reads a file; "-" is standard input.
func (p *program) file(c *cobra.Command, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(p.in)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, use(c, "%w", err)
	}
	return text, nil
}

// systemConfig is where a machine file stands that no command line names.
const systemConfig = "/etc/roadline/roadline.yaml"

// machine reads the machine file. Without one the defaults serve, in the present folder.
func (p *program) machine(c *cobra.Command) (*configs.Machine, error) {
	names := []string{"roadline.yaml", systemConfig}
	if p.config != "" {
		names = []string{p.config}
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		switch {
		case err == nil:
			p.read = name
			return configs.ReadMachine(name, text)
		case errors.Is(err, fs.ErrPermission):
			return nil, use(c, "machine file: %w: run this as root, or as the account that the server runs as", err)
		case p.config != "" || !errors.Is(err, fs.ErrNotExist):
			return nil, use(c, "machine file: %w", err)
		}
	}
	return configs.ReadMachine(names[0], nil)
}
