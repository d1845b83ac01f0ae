package configs

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"roadline/callerid"
	"roadline/fmc"
)

// FMC is how an operator's FMC trunk brings the calls of people's own mobiles: FLOWS E2e.
type FMC struct {
	All           bool            // nothing else comes by the trunk
	Tag           Tag             // what such a call bears, where others come too
	Person        callerid.Source // where the number of the person who calls stands
	Short         callerid.ShortForm
	PrivatePrefix string // dialled before the number of a private call
	PrivateTag    Tag    // that the operator writes on one

	own bool // Person was written, and is not the first of the trunk's sources
}

// Tag is a mark on a call: a header, or a parameter of who calls or of what was called, that has one of the values. No
// values: it is enough that it is there.
type Tag struct {
	Header, Parameter string
	Values            []string
}

// fmc reads how native calls come. Such a trunk takes calls back by Diversion and is believed, unless the profile says
// otherwise.
func (r *machineReader) fmc(n *yaml.Node, t *Trunk) {
	f := &FMC{}
	tagged := false
	r.fields(n, "fmc", map[string]field{
		"all":    func(n *yaml.Node) { f.All = r.yes(n, "all") },
		"tag":    func(n *yaml.Node) { f.Tag, tagged = r.tag(n), true },
		"person": func(n *yaml.Node) { r.word(n, "person", &f.Person); f.own = true },
		"short": func(n *yaml.Node) {
			f.Short = callerid.ShortForm(r.filled(n, "short"))
			if err := f.Short.Check(); err != nil {
				r.fail(n, "%v", err)
			}
		},
		"private": func(n *yaml.Node) { r.private(n, f) },
	})
	if n.Kind == yaml.MappingNode && f.All == tagged {
		r.fail(n, "fmc: how is a native call told from others? Write its \"tag\", or \"all: true\" where no others come")
	}
	t.FMC, t.Form.Native, t.Trust = f, true, fmc.TrustOwn
	if t.Form.Diverted == callerid.NeverDiverted {
		t.Form.Diverted = callerid.ByDiversion
	}
}

func (r *machineReader) tag(n *yaml.Node) Tag {
	var t Tag
	r.fields(n, "tag", map[string]field{
		"header":    func(n *yaml.Node) { t.Header = r.token(n, "header") },
		"parameter": func(n *yaml.Node) { t.Parameter = r.token(n, "parameter") },
		"values": func(n *yaml.Node) {
			r.list(n, "values", func(n *yaml.Node) { t.Values = append(t.Values, r.filled(n, "values")) })
		},
	})
	if n.Kind == yaml.MappingNode && (t.Header == "") == (t.Parameter == "") {
		r.fail(n, "tag: write \"header\" or \"parameter\", one of the two")
	}
	return t
}

// token reads the name of a header or parameter of SIP (RFC 3261 §25.1).
func (r *machineReader) token(n *yaml.Node, what string) string {
	s := r.filled(n, what)
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~") != "" {
		r.fail(n, "%s: %q is no name in SIP: write letters, digits and -, such as \"X-FMC\" or \"cpc\"", what, s)
	}
	return s
}

func (r *machineReader) private(n *yaml.Node, f *FMC) {
	r.fields(n, "private", map[string]field{
		"prefix": func(n *yaml.Node) {
			f.PrivatePrefix = r.filled(n, "prefix")
			if strings.Trim(f.PrivatePrefix, "0123456789*#") != "" || len(f.PrivatePrefix) > 8 {
				r.fail(n, "prefix: %q: write at most 8 digits, * or #, such as \"*7\"", f.PrivatePrefix)
			}
		},
		"tag": func(n *yaml.Node) { f.PrivateTag = r.tag(n) },
	})
}
