package cabinet

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// ProgramsShown is how a company sends and gets messages by SMPP.
type ProgramsShown struct {
	Programs   []ProgramShown   `json:"programs"`
	Centres    []CentreShown    `json:"centres"`
	Deliveries []DeliveryToldOf `json:"deliveries"` // that a program was not told yet, or that a person should look at; the oldest thousand
}

// ProgramShown is a program of the company.
type ProgramShown struct {
	ID       fmc.ProgramID `json:"id"`
	SystemID string        `json:"system_id,omitempty"` // that it binds with; empty: it has no secret yet
	Binds    int           `json:"binds"`               // links that stand
	Sent     uint64        `json:"sent"`                // messages that were taken over them
	Waiting  int           `json:"waiting"`             // of what it is to be told

	// Throttled are its messages that were refused since the server started: they came faster than its rate allows.
	Throttled uint64 `json:"throttled"`
}

// CentreShown is a message centre that the company may use.
type CentreShown struct {
	ID      fmc.CentreID `json:"id"`
	Links   []CentreLink `json:"links"`
	Waiting int          `json:"waiting"` // messages of all companies that it has not taken
}

// CentreLink is a link to a message centre.
type CentreLink struct {
	Bind  string    `json:"bind"`
	Up    bool      `json:"up"`
	Why   string    `json:"why,omitempty"`
	Since time.Time `json:"since"`
}

// DeliveryToldOf is something that a program is to be told.
type DeliveryToldOf struct {
	N       int64             `json:"n"`
	Program fmc.ProgramID     `json:"program"`
	Message fmc.MessageID     `json:"message"`
	Told    fmc.MessageState  `json:"told"` // received: the message itself; else what became of the program's
	State   fmc.DeliveryState `json:"state"`
	Due     time.Time         `json:"due"`
	Tries   int               `json:"tries"`
	Why     string            `json:"why,omitempty"`
}

// unsettled are the states of deliveries that are shown.
var unsettled = []fmc.DeliveryState{fmc.DeliveryWaiting, fmc.DeliveryOut, fmc.DeliveryUncertain, fmc.DeliveryFailed}

// programs shows a company's programs and centres.
func (a *API) programs(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.Programs(r.Context(), c)
}

// Programs is how a company sends and gets messages by SMPP.
func (a *API) Programs(ctx context.Context, c *fmc.Company) (ProgramsShown, error) {
	shown := ProgramsShown{Programs: []ProgramShown{}, Centres: []CentreShown{}, Deliveries: []DeliveryToldOf{}}
	tenant := a.o.Store.For(c.Profile.ID)
	secrets, err := tenant.ProgramSecrets(ctx)
	if err != nil {
		return shown, err
	}
	told, err := tenant.ProgramDeliveries(ctx, unsettled)
	if err != nil {
		return shown, err
	}
	waiting := map[fmc.ProgramID]int{}
	for _, d := range told {
		shown.Deliveries = append(shown.Deliveries, DeliveryToldOf{N: d.N, Program: d.Program, Message: d.Message, Told: d.Told, State: d.State, Due: d.Due.UTC(), Tries: d.Tries, Why: d.Why})
		if d.State == fmc.DeliveryWaiting || d.State == fmc.DeliveryOut {
			waiting[d.Program]++
		}
	}
	var bound map[fmc.ProgramID]ProgramShown
	if a.o.Node.Programs != nil {
		bound, shown.Centres = a.o.Node.Programs(c.Profile.ID)
	}
	for _, p := range c.Programs {
		x := bound[p.ID]
		x.ID, x.Waiting = p.ID, waiting[p.ID]
		if i := slices.IndexFunc(secrets, func(s store.ProgramSecret) bool { return s.Program == p.ID }); i >= 0 {
			x.SystemID = secrets[i].SystemID
		}
		shown.Programs = append(shown.Programs, x)
	}
	return shown, nil
}

// ProgramSecretMade is what a program binds with. It is told once.
type ProgramSecretMade struct {
	Program  fmc.ProgramID `json:"program"`
	SystemID string        `json:"system_id"`
	Password string        `json:"password"`
}

// programSecret gives a program a new password.
func (a *API) programSecret(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	id, err := idIn[fmc.ProgramID](r, "program")
	if err != nil {
		return nil, err
	}
	var who struct {
		Author string `json:"author"`
	}
	if err := read(r, &who); err != nil {
		return nil, err
	}
	return a.MakeProgramSecret(r.Context(), c, id, who.Author)
}

// MakeProgramSecret gives a program of the company a new password; its links that stand go on.
func (a *API) MakeProgramSecret(ctx context.Context, c *fmc.Company, id fmc.ProgramID, author string) (ProgramSecretMade, error) {
	if _, ok := c.Program(id); !ok {
		return ProgramSecretMade{}, cause.Errorf(cause.NotFound, "the company's file has no program %q: add it to \"programs\"", id)
	}
	s, password, err := a.o.Store.For(c.Profile.ID).MakeProgramSecret(ctx, id, author)
	return ProgramSecretMade{Program: id, SystemID: s.SystemID, Password: password}, err
}

// repeatDelivery has a program told again.
func (a *API) repeatDelivery(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil {
		return nil, cause.Errorf(cause.NotFound, "there is no such delivery")
	}
	return struct{}{}, a.TellProgramAgain(r.Context(), c.Profile.ID, n)
}

// TellProgramAgain has a program told again what it may have, or refused.
func (a *API) TellProgramAgain(ctx context.Context, company fmc.CompanyID, n int64) error {
	return a.o.Store.For(company).RepeatDelivery(ctx, n)
}

// WayShown is by what a message would leave.
type WayShown struct {
	By   string `json:"by"`             // "sim", or a message centre
	From string `json:"from,omitempty"` // as whom; empty: the card says
	Why  string `json:"why"`
}

// messageWay says by what a message would leave, and sends nothing.
func (a *API) messageWay(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "from", "to", "program")
	if err != nil {
		return nil, err
	}
	return a.MessageWay(c, fmc.MessageOrder{From: q.Get("from"), To: q.Get("to"), Program: fmc.ProgramID(q.Get("program"))})
}

// MessageWay says by what a message of a company would leave.
func (a *API) MessageWay(c *fmc.Company, o fmc.MessageOrder) (WayShown, error) {
	if a.o.Node.MessageWay == nil {
		return WayShown{}, errNoSIMs
	}
	way, err := a.o.Node.MessageWay(c, o)
	return WayShown{By: way.By.String(), From: way.From, Why: way.Why}, err
}
