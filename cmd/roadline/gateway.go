package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"roadline/fmc"
)

// gateway is about the SIP-GSM gateways of the machine.
func (p *program) gateway() *cobra.Command {
	list := &cobra.Command{
		Use: "list", Short: "List the gateways of the node: since when each speaks, its lines, and what is odd about it", Args: arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return p.listGateways(c) },
	}
	return parts(&cobra.Command{Use: "gateway", Short: "SIP-GSM gateways of this machine"}, list)
}

func (p *program) listGateways(c *cobra.Command) error {
	s, err := p.server(c)
	if err != nil {
		return err
	}
	var all []fmc.GatewayView
	if err := s.ask(c.Context(), http.MethodGet, at("gateways"), nil, &all); err != nil {
		return err
	}
	return p.show(all, func(w io.Writer) {
		if len(all) == 0 {
			fmt.Fprintln(w, "this node has no gateways: name one under gateways in roadline.yaml")
		}
		for i, g := range all {
			if i > 0 {
				fmt.Fprintln(w)
			}
			p.showGateway(w, g)
		}
	})
}

// showGateway shows one gateway. Who writes to w sees to its errors.
func (p *program) showGateway(w io.Writer, g fmc.GatewayView) {
	speaks := "speaks since " + p.moment(g.Since)
	if g.Since.IsZero() {
		speaks = "does not speak: " + g.Why
	}
	fmt.Fprintf(w, "%s: %s, %s, %s\n", g.Name, g.Vendor, dash(g.Address), speaks)
	var rows [][]string
	for _, l := range g.Lines {
		state := l.State
		if l.Why != "" {
			state += ": " + l.Why
		}
		rows = append(rows, []string{l.Name, dash(string(l.ICCID)), dash(string(l.Company)), state})
	}
	table(w, "LINE SIM COMPANY STATE", rows)
	if g.Clear != "" {
		fmt.Fprintf(w, "readable on the way: %s\n", g.Clear)
	}
	for _, q := range g.Quirks {
		fmt.Fprintf(w, "- %s\n", q)
	}
}
