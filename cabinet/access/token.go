package access

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"
	"unicode"

	"roadline/fmc/cause"
	"roadline/store"
)

// tokenMark begins every token, so that people and secret scanners see what it is.
const tokenMark = "rl_"

// How long a token is good.
const (
	tokenUsual = 90 * 24 * time.Hour
	tokenMost  = 366 * 24 * time.Hour
)

// TokenWish is a token that a viewer wants.
type TokenWish struct {
	Name    string
	Rights  []Right       // no wider than the viewer's own
	Lasts   time.Duration // 0: 90 days; at most 366
	Service bool          // of no person: it outlives the viewer's roles, and reaches the whole company
}

// MakeToken makes a token and returns it; it is told this once.
func (d *Door) MakeToken(ctx context.Context, v Viewer, w TokenWish) (secret string, k store.Token, err error) {
	if err := w.check(v); err != nil {
		return "", k, err
	}
	lasts := w.Lasts
	if lasts == 0 {
		lasts = tokenUsual
	}
	secret = tokenMark + rand.Text()
	k = store.Token{
		ID: rand.Text()[:12], Employee: v.Employee, Service: w.Service, Name: w.Name, Made: d.o.Now().UTC(), Expires: d.o.Now().Add(lasts).UTC(),
	}
	for _, r := range w.Rights {
		k.Rights = append(k.Rights, string(r))
	}
	slices.Sort(k.Rights)
	k.Rights = slices.Compact(k.Rights)
	store.Auditing(ctx).Object, store.Auditing(ctx).After = k.ID, map[string]any{"name": k.Name, "rights": k.Rights, "service": k.Service, "expires": k.Expires}
	return secret, k, d.o.Store.For(v.Company).AddToken(ctx, secret, k)
}

// check refuses a token that could do more than who makes it.
func (w TokenWish) check(v Viewer) error {
	least := Own
	if w.Service {
		least = Company
	}
	switch err := v.Need(TokensChange, least); {
	case err != nil:
		return err
	case v.Employee == "":
		return cause.Errorf(cause.Denied, "a service makes no tokens: a person of the company does")
	case strings.TrimSpace(w.Name) == "" || len(w.Name) > 100 || strings.ContainsFunc(w.Name, unicode.IsControl):
		return cause.Errorf(cause.Invalid, "name: write what the token is for, on one line of at most 100 bytes")
	case w.Lasts < 0 || w.Lasts > tokenMost:
		return cause.Errorf(cause.Invalid, "days: write a whole number from 1 to %d", int(tokenMost.Hours())/24)
	case len(w.Rights) == 0:
		return cause.Errorf(cause.Invalid, "rights: write at least one")
	}
	for _, r := range w.Rights {
		if !r.Known() {
			return cause.Errorf(cause.Invalid, "rights: %q is no right", r)
		}
		if err := v.Need(r, least); err != nil {
			return cause.Errorf(cause.Denied, "rights: a token can do no more than who makes it: %w", err)
		}
	}
	return nil
}

// viewerOfToken is who comes by a token.
func (d *Door) viewerOfToken(ctx context.Context, secret string) (Viewer, error) {
	company, k, err := d.o.Store.Operator().TokenOf(ctx, secret)
	if cause.KindOf(err) == cause.NotFound {
		return Viewer{}, Unknown("the token is revoked, out of date or not whole: make another one in the cabinet")
	}
	if err != nil {
		return Viewer{}, err
	}
	c, ok := d.o.Companies.Company(company)
	if !ok {
		return Viewer{}, Unknown("the token's company is not on this node")
	}
	shown := &Token{ID: k.ID, Name: k.Name, Service: k.Service}
	for _, r := range k.Rights {
		shown.Rights = append(shown.Rights, Right(r))
	}
	if k.Service {
		return Viewer{Company: company, Name: k.Name, Token: shown}, nil
	}
	v, ok := ViewerOf(c, k.Employee)
	if !ok {
		return Viewer{}, Unknown("the person whose token it is is not in the company any more")
	}
	v.Token = shown
	return v, nil
}
