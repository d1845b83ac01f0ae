package cabinet

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// AsideShown is something that the drain could not bring into PostgreSQL.
type AsideShown struct {
	N       int64         `json:"n"`
	At      time.Time     `json:"at"`
	Kind    string        `json:"kind"` // "entry": a fact that is not read or not taken; "record": what facts make; "hole": facts that the disk lost
	Company fmc.CompanyID `json:"company,omitempty"`
	Call    fmc.CallID    `json:"call,omitempty"`
	Message fmc.MessageID `json:"message,omitempty"`
	Node    string        `json:"node"`
	Boot    string        `json:"boot"`
	From    int64         `json:"from"` // which entries of that boot's journal
	To      int64         `json:"to"`
	Reason  string        `json:"reason"`
}

// RetryAsked is what of it is to be tried once more.
type RetryAsked struct {
	N []int64 `json:"n,omitempty"` // empty: everything but holes
}

// RetryShown is what became of it.
type RetryShown struct {
	Back  int          `json:"back"` // are in the lists now
	Still []AsideShown `json:"still"`
}

// DismissAsked says who decided that nothing more is to be done.
type DismissAsked struct {
	By string `json:"by"`
}

// quarantineMost is how much of it is shown, the newest first.
const quarantineMost = 1000

func (a *API) quarantine(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	all, err := a.o.Store.Operator().Quarantined(r.Context(), quarantineMost)
	return asideShown(all), err
}

func (a *API) retryQuarantine(r *http.Request) (any, error) {
	var x RetryAsked
	if err := read(r, &x); err != nil {
		return nil, err
	}
	done, err := a.o.Node.Retry(r.Context(), slices.Compact(slices.Sorted(slices.Values(x.N))))
	if err != nil {
		return nil, err
	}
	a.o.Log.Info("what was put aside was brought in", "count", done.Back)
	return RetryShown{Back: done.Back, Still: asideShown(done.Still)}, nil
}

func (a *API) dismissQuarantined(r *http.Request) (any, error) {
	var x DismissAsked
	if err := read(r, &x); err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil {
		return nil, cause.Errorf(cause.NotFound, "nothing that is put aside has the number %q", r.PathValue("n"))
	}
	if err := oneLine("by", "who", x.By, mostReason); err != nil {
		return nil, err
	}
	if err := a.o.Store.Operator().Dismiss(r.Context(), n, x.By); err != nil {
		return nil, err
	}
	a.o.Log.Info("what was put aside was dismissed", "target", n, "account", x.By)
	return struct{}{}, nil
}

func asideShown(all []store.PutAside) []AsideShown {
	shown := make([]AsideShown, 0, len(all))
	for _, p := range all {
		shown = append(shown, AsideShown{
			N: p.ID, At: p.At, Kind: p.Kind, Company: p.Company, Call: p.Call, Message: p.Message, Node: p.Node, Boot: p.Boot.String(), From: p.From, To: p.To, Reason: p.Reason,
		})
	}
	return shown
}
