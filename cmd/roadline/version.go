package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"roadline/cabinet"
)

// versions are those of the program and of the server that runs.
type versions struct {
	Program string             `json:"program"`
	Server  *cabinet.NodeShown `json:"server,omitempty"` // absent where none answers
	Socket  string             `json:"socket"`
}

// version says which build this is, and how the server is.
func (p *program) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say which version this is, and how the server is", Args: arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := p.server(c)
			if err != nil {
				return err
			}
			v := versions{Program: cabinet.Version(), Socket: s.path}
			var node cabinet.NodeShown
			if s.ask(c.Context(), http.MethodGet, at("state"), nil, &node) == nil {
				v.Server = &node
			}
			return p.show(v, func(w io.Writer) {
				fmt.Fprintf(w, "roadline %s\n", v.Program)
				if v.Server == nil {
					fmt.Fprintf(w, "server   none answers at %s\n", v.Socket)
					return
				}
				fmt.Fprintf(w, "server   %s, node %s at %s\ncalls    %d\n", node.Version, node.Node, node.SIP, node.Live)
				fmt.Fprintf(w, "journal  %s\ndrain    %s\ncompanies %s\n", node.Journal, node.Drain, node.Directory)
			})
		},
	}
}
