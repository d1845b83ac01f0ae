package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"roadline/cabinet/document"
	"roadline/configs"
)

// explain says what would happen to a call, or decides a stored one again.
func (p *program) explain() *cobra.Command {
	var q document.Question
	var company, call string
	c := &cobra.Command{
		Use: "explain [FILE]", Short: "Say what would happen to a call, and why; or decide a stored call again",
		Long: `Say what would happen to a call, and why: on a company file, or on the company that the server serves, where it counts
who is busy and which lines are ready now. At another time than now, and on a file, nobody is busy and every line is
ready. No call is made. Nobody answers but whom --answers names; each prompt lasts three seconds.
With --call a stored call is decided again by this version's rules: exit code 1 says that they would decide otherwise.`,
		Example: `  roadline explain acme.yaml --from +79120000001 --at "Sunday 10:00"
  roadline explain --company acme --from +79120000001 --keys 1 --answers petrov
  roadline explain --company acme --by ivanov --dial 89161234567
  roadline explain --call 0198a3c4-…`,
		Args: arguments(0, 1, "at most one company file"),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) > 0 && (company != "" || call != ""):
				return use(c, "either a file, or --company or --call: not both")
			case len(args) > 0:
				return p.explainFile(c, args[0], q)
			case call != "":
				return p.again(c, company, call)
			default:
				return p.explainLive(c, company, q)
			}
		},
	}
	flags := c.Flags()
	flags.StringVar(&company, "company", "", "the company that the server serves (may be left out where it is the only one)")
	flags.StringVar(&call, "call", "", "decide this stored call again")
	flags.StringVar(&q.From, "from", "", "a client's number; none: hidden")
	flags.StringVar(&q.To, "to", "", "the company's number that is called (may be left out where it is the only one)")
	flags.StringVar(&q.By, "by", "", "a person or an account that calls, in place of a client")
	flags.StringVar(&q.Dial, "dial", "", "what that person dials")
	flags.StringVar(&q.Show, "show", "", "the number that they choose to be seen; none: as the company's rules say")
	flags.StringVar(&q.Keys, "keys", "", "what the caller presses in the menu")
	flags.StringVar(&q.At, "at", "", "when: \"2026-11-29 10:00\", \"Sunday 10:00\", \"10:00\"; default now")
	flags.StringSliceVar(&q.Answers, "answers", nil, "people, groups or \"outside\" that pick up at once")
	return c
}

func (p *program) explainFile(c *cobra.Command, name string, q document.Question) error {
	text, err := p.file(c, name)
	if err != nil {
		return err
	}
	company, err := configs.ReadCompany(name, text)
	if err != nil {
		return err
	}
	x, err := document.Explain(company, document.Surroundings{}, q, p.now())
	if err != nil {
		return err
	}
	return p.explained(x)
}

func (p *program) explainLive(c *cobra.Command, company string, q document.Question) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var x document.Explained
	if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/explain", id), q, &x); err != nil {
		return err
	}
	return p.explained(x)
}

func (p *program) explained(x document.Explained) error {
	return p.show(x, func(w io.Writer) {
		on := fmt.Sprintf("generation %d", x.Generation)
		if x.Generation == 0 {
			on = "the file"
		}
		fmt.Fprintf(w, "company %s, %s, at %s, %s world\n", x.Company, on, x.At.Format("Mon 2006-01-02 15:04 -07:00"), x.World)
		fmt.Fprintf(w, "comes out as %s: %s\n%s\n", x.Status, x.End, x.Recording)
		var rows [][]string
		for _, r := range x.Rings {
			rows = append(rows, []string{fmt.Sprintf("%.1fs", float64(r.At)), string(r.Device), dash(r.Number), string(r.Line), strings.TrimSpace(dash(r.Shows) + " " + r.Why)})
		}
		if len(rows) > 0 {
			table(w, "AFTER RINGS NUMBER LINE SEES", rows)
		}
		showPlans(w, x.Plans, "")
	})
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// again has the server decide a stored call anew.
func (p *program) again(c *cobra.Command, company, call string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var x document.Again
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/calls/%s/again", id, call), nil, &x); err != nil {
		return err
	}
	err = p.show(x, func(w io.Writer) {
		for i, d := range x.Plans {
			verdict := "decided again, the same to the last byte"
			if !d.Same {
				verdict = "decided again, and DIFFERENT"
			}
			fmt.Fprintf(w, "plan %d of thread %d, generation %d, %s: %s\n", i+1, d.Thread, d.Generation, p.moment(d.At), verdict)
			for _, line := range d.Stored {
				fmt.Fprintln(w, "  "+line)
			}
			for _, line := range d.Differences {
				fmt.Fprintln(w, "! "+line)
			}
		}
	})
	if err == nil && !x.Same {
		return failed("this version decides call %s otherwise than it was decided then", call)
	}
	return err
}
