package cabinet

import (
	"context"
	"net/http"

	"roadline/cabinet/access"
	"roadline/fmc"
)

const aboutPrograms = "Messages by SMPP"

func addPrograms(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/programs", id: "programs.list", about: aboutPrograms, right: access.ProgramsRead, least: access.Company,
		summary: "List programs and message centres", more: "How they are bound, and what a program was not told yet, or may have been told.",
	}, func(ctx context.Context, who asker, _ *struct{}) (ProgramsShown, error) {
		return p.api.Programs(ctx, who.company)
	})
	addWhole(p, operation{
		method: http.MethodPost, path: "/programs/{program}/secret", id: "programs.secret", about: aboutPrograms, right: access.ProgramsChange, least: access.Company,
		summary: "Give a program a new password", more: "In place of the one before; it is told once. Links that stand go on.",
	}, func(ctx context.Context, who asker, in *programPath) (*secretOut[ProgramSecretMade], error) {
		made, err := p.api.MakeProgramSecret(ctx, who.company, in.Program, string(who.Employee))
		return secret(made), err
	})
	add(p, operation{
		method: http.MethodPost, path: "/programs/deliveries/{n}/again", id: "programs.tell-again", about: aboutPrograms, right: access.MessagesSend, least: access.Company,
		summary: "Tell a program again", more: "What it may have, or refused: whoever asks has looked that it does not have it.",
	}, func(ctx context.Context, who asker, in *toldAgainPath) (Done, error) {
		return Done{true}, p.api.TellProgramAgain(ctx, who.Company, in.N)
	})
	add(p, operation{
		method: http.MethodGet, path: "/messages/way", id: "messages.way", about: aboutPrograms, right: access.ProgramsRead, least: access.Company,
		summary: "Say by what a message would leave", more: "By a SIM card or a message centre, as whom, and why. Nothing is sent.",
	}, func(_ context.Context, who asker, in *wayIn) (WayShown, error) {
		return p.api.MessageWay(who.company, fmc.MessageOrder{From: in.From, To: in.To, Program: in.Program})
	})
}

// programPath names a program.
type programPath struct {
	Program fmc.ProgramID `path:"program" maxLength:"64"`
}

// toldAgainPath names what a program was to be told.
type toldAgainPath struct {
	N int64 `path:"n" doc:"Its number in the list."`
}

// wayIn is a message that nobody sends.
type wayIn struct {
	From    string        `query:"from" maxLength:"32" doc:"As whom: a number, a name, or a card. Left out: whatever may."`
	To      string        `query:"to" required:"true" maxLength:"32"`
	Program fmc.ProgramID `query:"program" maxLength:"64" doc:"That would send it."`
}
