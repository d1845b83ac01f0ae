package cabinet

import (
	"context"
	"net/http"
	"time"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/store"
)

const aboutTokens = "Tokens"

func addTokens(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/tokens", id: "tokens.list", about: aboutTokens, right: access.TokensChange,
		summary: "List tokens", more: "Your own; everybody's where your right reaches the company. Those that are revoked or out of date are among them.",
	}, p.listTokens)
	addWhole(p, operation{
		method: http.MethodPost, path: "/tokens", id: "tokens.make", about: aboutTokens, right: access.TokensChange,
		summary: "Make a token", more: "It can do no more than whoever makes it, and is told this once. A personal one follows your roles; " +
			"a service's is of no person, and its rights reach the whole company.",
	}, p.makeToken)
	add(p, operation{
		method: http.MethodDelete, path: "/tokens/{token}", id: "tokens.revoke", about: aboutTokens, right: access.TokensChange,
		summary: "Revoke a token",
	}, p.revokeToken)
}

// TokenShown is a token in a list. The token itself is told once.
type TokenShown struct {
	ID       string         `json:"id"`
	Employee fmc.EmployeeID `json:"employee"` // whose it is; of a service: who made it
	Service  bool           `json:"service,omitempty"`
	Name     string         `json:"name"`
	Rights   []string       `json:"rights"`
	Made     time.Time      `json:"made"`
	Expires  time.Time      `json:"expires"`
	Seen     *time.Time     `json:"seen,omitempty"` // to the minute
	Revoked  *time.Time     `json:"revoked,omitempty"`
}

func showToken(k store.Token) TokenShown {
	return TokenShown{
		ID: k.ID, Employee: k.Employee, Service: k.Service, Name: k.Name, Rights: append([]string{}, k.Rights...), Made: k.Made.UTC(), Expires: k.Expires.UTC(),
		Seen: k.Seen, Revoked: k.Revoked,
	}
}

func (p *Public) listTokens(ctx context.Context, who asker, _ *struct{}) ([]TokenShown, error) {
	whose := who.Employee
	if who.Reach(access.TokensChange) == access.Company {
		whose = ""
	}
	all, err := p.api.o.Store.For(who.Company).Tokens(ctx, whose)
	shown := []TokenShown{}
	for _, k := range all {
		shown = append(shown, showToken(k))
	}
	return shown, err
}

// tokenIn is a token that somebody wants.
type tokenIn struct {
	Body struct {
		Name    string         `json:"name" minLength:"1" maxLength:"100" doc:"What it is for."`
		Rights  []access.Right `json:"rights" minItems:"1" maxItems:"60" doc:"What it may do."`
		Days    int            `json:"days,omitempty" minimum:"1" maximum:"366" doc:"How long it is good; left out: 90."`
		Service bool           `json:"service,omitempty" doc:"It is of no person."`
	}
}

// TokenMade is a token that was made.
type TokenMade struct {
	TokenShown
	Token string `json:"token"` // told once
}

func (p *Public) makeToken(ctx context.Context, who asker, in *tokenIn) (*secretOut[TokenMade], error) {
	text, k, err := p.api.o.Door.MakeToken(ctx, who.Viewer, access.TokenWish{
		Name: in.Body.Name, Rights: in.Body.Rights, Lasts: time.Duration(in.Body.Days) * 24 * time.Hour, Service: in.Body.Service,
	})
	return secret(TokenMade{showToken(k), text}), err
}

// tokenPath names a token.
type tokenPath struct {
	Token string `path:"token" maxLength:"128" doc:"The token's id."`
}

func (p *Public) revokeToken(ctx context.Context, who asker, in *tokenPath) (Done, error) {
	tenant := p.api.o.Store.For(who.Company)
	k, err := tenant.Token(ctx, in.Token)
	if err == nil && k.Employee != who.Employee {
		err = who.Need(access.TokensChange, access.Company)
	}
	if err == nil {
		err = tenant.RevokeToken(ctx, in.Token)
	}
	return Done{err == nil}, err
}
