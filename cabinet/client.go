package cabinet

import (
	"context"
	"slices"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/store"
)

// mostName is how long the name of a client, or of their firm, may be, in bytes.
const mostName = 200

// namesMost is how long what goes on waits for the names of its clients.
const namesMost = 500 * time.Millisecond

// calledNow is how the clients of calls that go on are called, by number. The calls are shown from memory: without
// PostgreSQL they have no names.
func (a *API) calledNow(ctx context.Context, company fmc.CompanyID, numbers []string) map[string]string {
	numbers = slices.DeleteFunc(slices.Clone(numbers), func(n string) bool { return n == "" })
	if len(numbers) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, namesMost)
	defer cancel()
	known, err := a.o.Store.For(company).ClientsOf(ctx, numbers)
	if err != nil {
		a.o.Log.Debug("clients of calls that go on not named", "company", company, "err", err)
	}
	called := map[string]string{}
	for n, c := range known {
		called[n] = c.Called()
	}
	return called
}

// Client returns who a number is, as far as a right of the viewer reaches: who may see their own calls alone asks about
// the clients of those. A number that nobody named comes back without a name.
func (a *API) Client(ctx context.Context, v access.Viewer, number string) (store.Client, error) {
	number, err := a.clientNumber(ctx, v, access.ClientsRead, number)
	if err != nil {
		return store.Client{}, err
	}
	c, err := a.o.Store.For(v.Company).Client(ctx, number)
	if cause.KindOf(err) == cause.NotFound {
		return store.Client{Number: number}, nil
	}
	return c, err
}

// NameClient writes who a number is, for the whole company; without a name and a firm, that nobody knows.
func (a *API) NameClient(ctx context.Context, v access.Viewer, number, name, firm string) (store.Client, error) {
	number, err := a.clientNumber(ctx, v, access.ClientsChange, number)
	if err != nil {
		return store.Client{}, err
	}
	c := store.Client{Number: number, Name: strings.TrimSpace(name), Firm: strings.TrimSpace(firm)}
	if err := checkClient(c); err != nil {
		return c, err
	}
	what := "clients.change"
	if c.Name == "" && c.Firm == "" {
		what = "clients.forget"
	}
	ctx = deed(ctx, what, number)
	before, err := a.o.Store.For(v.Company).ClientsOf(ctx, []string{number})
	if err != nil {
		return c, err
	}
	entry := store.Auditing(ctx)
	entry.Object, entry.After = number, c.Called()
	if was, ok := before[number]; ok {
		entry.Before = was.Called()
	}
	if err := a.o.Store.For(v.Company).SetClients(ctx, v.By(), c); err != nil {
		return c, err
	}
	return a.Client(ctx, v, number)
}

func checkClient(c store.Client) error {
	for what, text := range map[string]string{"name": c.Name, "firm": c.Firm} {
		if text == "" {
			continue
		}
		if err := oneLine(what, "it", text, mostName); err != nil {
			return err
		}
	}
	return nil
}

// clientNumber reads a number that a right of the viewer reaches. Who reaches less than the company must have talked, talk
// or be about to talk with the client: else nobody is found there.
func (a *API) clientNumber(ctx context.Context, v access.Viewer, right access.Right, raw string) (string, error) {
	if err := v.Need(right, access.Own); err != nil {
		return "", err
	}
	c, ok := a.o.Directory.Company(v.Company)
	if !ok {
		return "", cause.Errorf(cause.NotFound, "there is no company %q on this node", v.Company)
	}
	unknown := cause.Errorf(cause.NotFound, "there is no client %q", raw)
	n, err := callerid.Read(raw, c.Profile.Country)
	if err != nil || len(raw) > mostDialled {
		return "", unknown
	}
	if v.Reach(right) == access.Company {
		return n.E164, nil
	}
	if slices.ContainsFunc(a.o.Calls.Calls(), func(x call.Call) bool {
		return x.Company == v.Company && liveClient(x).E164 == n.E164 && watches(v, access.CallsRead, x)
	}) {
		return n.E164, nil
	}
	keep := a.o.Store.For(v.Company)
	calls, err := keep.Calls(ctx, store.CallFilter{Client: n.E164, Whole: true, Within: within(v, access.CallsRead), Merged: true, Limit: 1})
	if err != nil || len(calls) > 0 {
		return n.E164, err
	}
	tasks, err := keep.Missed(ctx, store.MissedFilter{Client: n.E164, Whole: true, Within: within(v, access.MissedWork), Limit: 1})
	if err == nil && len(tasks) == 0 {
		err = unknown
	}
	return n.E164, err
}
