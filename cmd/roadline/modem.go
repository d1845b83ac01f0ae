package main

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"roadline/fmc"
)

// modem is about the radio modules of the machine.
func (p *program) modem() *cobra.Command {
	list := &cobra.Command{
		Use: "list", Short: "List the modems of the node: what they are, which card is in them, how they are", Args: arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return p.listModems(c) },
	}
	return parts(&cobra.Command{Use: "modem", Short: "Modems of this machine"}, list, p.probeModem(), p.recordModem())
}

func (p *program) listModems(c *cobra.Command) error {
	s, err := p.server(c)
	if err != nil {
		return err
	}
	var all []fmc.ModemView
	if err := s.ask(c.Context(), http.MethodGet, at("modems"), nil, &all); err != nil {
		return err
	}
	return p.show(all, func(w io.Writer) {
		var rows [][]string
		for _, m := range all {
			state := m.State
			if m.Why != "" {
				state += ": " + m.Why
			}
			rows = append(rows, []string{m.Name, m.Family, dash(strings.TrimSpace(m.Maker + " " + m.Model)), dash(m.IMEI), dash(string(m.ICCID)), dash(string(m.Company)), dash(able(m.Can)), state})
		}
		table(w, "MODEM FAMILY MODEL IMEI SIM COMPANY CAN STATE", rows)
	})
}

// able is what a modem can, in one line: how far that was proved is for "modem probe" to tell.
func able(can map[string]string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(can)) {
		switch value := can[name]; {
		case name == "proved", value == "", value == "no", value == "none":
		case value == "yes":
			words = append(words, name)
		default:
			words = append(words, name+" "+value)
		}
	}
	return strings.Join(words, ", ")
}
