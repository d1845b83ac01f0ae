package call

import (
	"encoding/json"
	"strings"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// private reports whether the call is of a person alone: N24.
func (c Call) private() bool { return c.Request.Private }

// outside is a number as the call may keep it.
func (c Call) outside(n callerid.Number) callerid.Number {
	if c.private() {
		return callerid.Number{}
	}
	return n
}

// veiled is a fact of a private call: no number outside stands in it, nor what would lead to one.
func veiled(h fmc.Happening) fmc.Happening {
	switch b := h.(type) {
	case fmc.Opened:
		b.From, b.To = callerid.Number{}, callerid.Number{}
		return b
	case fmc.LegBegan:
		b.Number, b.Shown = callerid.Number{}, callerid.Shown{}
		return b
	case fmc.LegIs:
		b.Shown, b.Cause, b.Dialog = nil, veiledCause(b.Cause), veiledDialog(b.Dialog)
		return b
	case fmc.Closed:
		b.Cause = *veiledCause(&b.Cause)
		return b
	case fmc.Planned:
		b.Request, b.Plan = veiledRequest(b.Request), veiledPlan(b.Plan)
		return b
	case fmc.Keyed:
		b.Keys, b.Count = "", len(b.Keys)+b.Count
		return b
	case fmc.Alerted:
		b.About, b.Text = "", ""
		return b
	case fmc.Texted:
		b.To, b.Text = callerid.Number{}, ""
		return b
	case fmc.Wanted:
		b.Digits, b.From = "", callerid.Number{}
		return b
	default:
		return h
	}
}

func veiledRequest(raw json.RawMessage) json.RawMessage {
	var r plan.Request
	if json.Unmarshal(raw, &r) != nil {
		return nil
	}
	none := callerid.Number{}
	r.From, r.To, r.Diversion, r.Dialled, r.Query.Digits = none, none, none, "", ""
	return written(r)
}

// veiledPlan keeps of a plan what is done, on which lines, and not to whom: prompts and reasons may spell numbers.
func veiledPlan(raw json.RawMessage) json.RawMessage {
	var p plan.Plan
	if json.Unmarshal(raw, &p) != nil {
		return nil
	}
	bare := plan.Plan{Generation: p.Generation, Recording: p.Recording}
	for _, n := range p.Nodes {
		node := plan.Node{Do: n.Do, For: n.For, Group: n.Group, Person: n.Person, Cause: veiledCause(n.Cause), On: n.On}
		for _, t := range n.Tries {
			try := plan.Try{Device: t.Device, Employee: t.Employee, Role: t.Role, After: t.After, For: t.For, Confirm: t.Confirm}
			for _, l := range t.Lines {
				try.Lines = append(try.Lines, plan.Candidate{Line: l.Line, Kind: l.Kind, Trunk: l.Trunk})
			}
			node.Tries = append(node.Tries, try)
		}
		bare.Nodes = append(bare.Nodes, node)
	}
	return written(bare)
}

// veiledDialog is a dialog without the users of its addresses. A BYE by it finds its dialog by the tags: RFC 3261 12.2.2.
func veiledDialog(d *fmc.Dialog) *fmc.Dialog {
	if d == nil {
		return nil
	}
	bare := *d
	for _, uri := range []*string{&bare.LocalURI, &bare.RemoteURI, &bare.Target} {
		scheme, rest, _ := strings.Cut(*uri, ":")
		if _, host, ok := strings.Cut(rest, "@"); ok {
			*uri = scheme + ":" + host
		}
	}
	return &bare
}

// veiledCause is a cause without its sentence, which may name a number.
func veiledCause(c *cause.Cause) *cause.Cause {
	if c == nil || !strings.ContainsAny(c.Text, "0123456789") {
		return c
	}
	bare := *c
	bare.Text = ""
	return &bare
}

// written is v as JSON; nothing where it cannot be.
func written(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}
