package cabinet

import (
	"net/http"
	"runtime/debug"
	"time"

	"roadline/fmc"
)

// NodeShown is how the node is.
type NodeShown struct {
	Version   string     `json:"version"`
	Node      fmc.NodeID `json:"node"`
	SIP       string     `json:"sip"`
	Live      int        `json:"live"`      // calls
	Journal   string     `json:"journal"`   // "well", or why facts are not written
	Drain     string     `json:"drain"`     // "well", or why PostgreSQL does not take them
	Directory string     `json:"directory"` // "well", or that the companies are as last known
}

func (a *API) state(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	s := a.o.Node.State()
	shown := NodeShown{Version: Version(), Node: s.Node, SIP: s.SIP, Live: s.Live, Journal: well(s.Journal), Drain: well(s.Drain), Directory: "well"}
	if !s.Directory {
		shown.Directory = "PostgreSQL is not heard of: companies are as last known"
	}
	return shown, nil
}

func well(err error) string {
	if err == nil {
		return "well"
	}
	return err.Error()
}

// Version names this build: the revision it was made from and when that was, "unknown" where the build does not say.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	said := map[string]string{}
	for _, s := range info.Settings {
		said[s.Key] = s.Value
	}
	revision := said["vcs.revision"]
	if revision == "" {
		return "unknown, " + info.GoVersion
	}
	v := revision[:min(12, len(revision))]
	if at, err := time.Parse(time.RFC3339, said["vcs.time"]); err == nil {
		v += " of " + at.UTC().Format(time.DateOnly)
	}
	if said["vcs.modified"] == "true" {
		v += ", changed"
	}
	return v + ", " + info.GoVersion
}

// CompanyShown is a company in a list.
type CompanyShown struct {
	ID         fmc.CompanyID `json:"id"`
	Name       string        `json:"name"`
	Generation int64         `json:"generation"`
	Since      time.Time     `json:"since"`
}

func (a *API) companies(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	entries, err := a.o.Store.Operator().Companies(r.Context())
	if err != nil {
		return nil, err
	}
	shown := make([]CompanyShown, 0, len(entries))
	for _, e := range entries {
		shown = append(shown, CompanyShown{ID: e.ID, Name: e.Name, Generation: e.Generation, Since: e.Created})
	}
	return shown, nil
}
