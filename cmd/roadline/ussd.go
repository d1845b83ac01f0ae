package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/fmc"
)

// ussd asks a line's network.
func (p *program) ussd() *cobra.Command {
	var company string
	var end bool
	c := &cobra.Command{
		Use: "ussd LINE [CODE]", Short: "Ask a line's network, as \"*100#\" from a phone, or answer what it asked",
		Long: `Ask a line's network, as "*100#" from a phone. Where the network asks back and a person sits at the terminal, the
answer is asked for, until the network has no more questions or the answer is empty; else it is given with the next command.`,
		Example: `  roadline ussd 89701010000000000018 "*100#"`,
		Args:    arguments(1, 2, "a line, or the ICCID of its SIM, and what to ask"),
		RunE: func(c *cobra.Command, args []string) error {
			if end != (len(args) == 1) {
				return use(c, "it takes a line, or the ICCID of its SIM, and what to ask, or --end")
			}
			return p.askNetwork(c, company, args[0], append(args, "")[1])
		},
	}
	c.Flags().BoolVar(&end, "end", false, "end the session that the network holds open")
	c.Flags().StringVar(&company, "company", "", "whose line it is (may be left out where there is one company)")
	return c
}

func (p *program) askNetwork(c *cobra.Command, company, line, text string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	lines := bufio.NewReader(p.in)
	for {
		var a fmc.USSDAnswer
		if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/lines/%s/ussd", id, lineID(line)), cabinet.USSD{Text: text, End: text == ""}, &a); err != nil {
			return err
		}
		if text == "" {
			return nil
		}
		if err := p.show(a, func(w io.Writer) { writeAnswer(w, a) }); err != nil {
			return err
		}
		if !a.Open {
			return nil
		}
		if p.output != "table" || !p.terminal() {
			fmt.Fprintf(p.err, "the network waits for an answer: roadline ussd %s ANSWER, or --end\n", line)
			return nil
		}
		fmt.Fprint(p.err, "answer (nothing ends it): ")
		if err := p.typed(c.Context()); err != nil {
			return err
		}
		text, err = lines.ReadString('\n')
		if text = strings.TrimSpace(text); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
}

// modes are the ways in which a USSD session ends: 3GPP TS 27.007 §7.15.
var modes = map[int]string{2: "the network ended it", 3: "another client of the network answered", 4: "the network does not support it", 5: "the network did not answer in time"}

func writeAnswer(w io.Writer, a fmc.USSDAnswer) {
	for _, line := range strings.Split(strings.ReplaceAll(a.Text, "\r\n", "\n"), "\n") {
		fmt.Fprintln(w, plainly(line))
	}
	if why := modes[a.Mode]; why != "" {
		fmt.Fprintf(w, "(%s)\n", why)
	}
}
