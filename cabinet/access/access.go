// Package access says who is asking and what they may: the roles of people, the rights, the one table from both to how
// far a right reaches, and the viewer that stands in the context of every request of a page or of the API. It keeps the
// door too: sign-in by password and one-time code, sessions, invitations, tokens. It draws nothing and reads no call.
// Start at Viewer and at rights.go, which has the table; door.go lets people in.
package access

import (
	"context"
	"slices"
	"strings"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// Viewer is who asks: a person of a company, or a service's token. It is made anew for each request, so that a right
// that is taken away is gone at the next one.
type Viewer struct {
	Company  fmc.CompanyID
	Employee fmc.EmployeeID // empty: a service
	Name     string
	Roles    []Role
	Groups   []fmc.GroupID    // in which the person is
	Heads    []fmc.GroupID    // of which the person is the head
	Team     []fmc.EmployeeID // who is in those that the person heads, and the person
	Session  string           // public id of the session; empty: none
	Token    *Token           // that was shown instead; nil: none
	Address  string           // from which the request came
}

// Token is what a viewer who came by a token may at most.
type Token struct {
	ID      string
	Name    string
	Rights  []Right
	Service bool // it is of no person: its rights reach the whole company
}

// ViewerOf returns the person of a company as a viewer, and false where the company has no such person.
func ViewerOf(c *fmc.Company, id fmc.EmployeeID) (Viewer, bool) {
	e, ok := c.Employee(id)
	if !ok {
		return Viewer{}, false
	}
	v := Viewer{Company: c.Profile.ID, Employee: e.ID, Name: e.Name, Groups: e.Groups}
	for _, r := range e.Roles {
		v.Roles = append(v.Roles, Role(r))
	}
	for i := range c.Groups {
		if c.Groups[i].Head == e.ID {
			v.Heads = append(v.Heads, c.Groups[i].ID)
		}
	}
	if len(v.Roles) == 0 {
		v.Roles = []Role{Employee}
	}
	if len(v.Heads) > 0 {
		v.Roles = append(v.Roles, Head)
	}
	v.Team = []fmc.EmployeeID{e.ID}
	for i := range c.Employees {
		o := &c.Employees[i]
		if o.ID != e.ID && slices.ContainsFunc(o.Groups, func(g fmc.GroupID) bool { return slices.Contains(v.Heads, g) }) {
			v.Team = append(v.Team, o.ID)
		}
	}
	return v, true
}

// Reach says how far a right of the viewer reaches: as far as the widest of the roles, and not at all where the viewer
// came by a token that does not list it.
func (v Viewer) Reach(right Right) Reach {
	if v.Token != nil && !slices.Contains(v.Token.Rights, right) {
		return None
	}
	if v.Token != nil && v.Token.Service {
		return Company
	}
	widest := None
	for _, role := range v.Roles {
		widest = max(widest, table[right][role])
	}
	return widest
}

// May reports whether the viewer has a right at all.
func (v Viewer) May(right Right) bool { return v.Reach(right) > None }

// Need refuses with cause.Denied, in words for the person, where a right does not reach so far.
func (v Viewer) Need(right Right, least Reach) error {
	switch reach := v.Reach(right); {
	case reach >= max(least, Own):
		return nil
	case v.Token != nil && !slices.Contains(v.Token.Rights, right):
		return cause.Errorf(cause.Denied, "the token %q has no right %q: make one that has", v.Token.Name, right)
	case reach == None:
		return cause.Errorf(cause.Denied, "your role has no right %q: an administrator of the company gives roles", right)
	default:
		return cause.Errorf(cause.Denied, "your right %q reaches %s and not %s", right, reachWords[reach], reachWords[least])
	}
}

// Sees reports whether a right reaches what belongs to a person and to a group; either may be empty. Own is what is the
// person's; what is a group's and nobody's in it is everybody's who is in the group.
func (v Viewer) Sees(right Right, employee fmc.EmployeeID, group fmc.GroupID) bool {
	reach := v.Reach(right)
	switch {
	case reach == Company:
		return true
	case reach == None || v.Employee == "":
		return false
	case employee == v.Employee || employee == "" && group != "" && slices.Contains(v.Groups, group):
		return true
	}
	return reach == Groups && (slices.Contains(v.Team, employee) || group != "" && slices.Contains(v.Heads, group))
}

// By is how the viewer stands as an author: the person's id, or the service's name.
func (v Viewer) By() string {
	if v.Employee == "" && v.Token != nil {
		return byService + v.Token.Name
	}
	return string(v.Employee)
}

// byService begins how a service stands as an author; an id has no space.
const byService = "token "

// Stands reports whether what somebody made, who stands as the author by, is still good: the person is in the company and
// may what it wants of them. What a service made outlives its token.
func Stands(c *fmc.Company, by string, may func(Viewer) bool) bool {
	if strings.HasPrefix(by, byService) {
		return true
	}
	v, ok := ViewerOf(c, fmc.EmployeeID(by))
	return ok && may(v)
}

type viewerKey struct{}

// With returns a context in which the viewer stands.
func With(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// From returns the viewer of a request; false where nobody signed in.
func From(ctx context.Context) (Viewer, bool) {
	v, ok := ctx.Value(viewerKey{}).(Viewer)
	return v, ok
}

// Entry is the audit entry of what the viewer of a request does.
func Entry(ctx context.Context, what, object string) *store.AuditEntry {
	v, _ := From(ctx)
	e := &store.AuditEntry{Who: v.By(), Address: v.Address, What: what, Object: object}
	if v.Token != nil {
		e.Token = v.Token.ID
	}
	return e
}
