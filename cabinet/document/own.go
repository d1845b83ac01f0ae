package document

import (
	"context"
	"slices"

	"roadline/cabinet/access"
	"roadline/configs"
	"roadline/fmc/cause"
)

// own are the keys of a person in the company's document that the person may change.
var own = []string{"hours", "ring"}

// ChangeOwn changes when and in which order the viewer is rung, at once: it is a version of the document that says nothing
// else. The key is hours or ring; a nil value is the company's usual one.
func (a *Archive) ChangeOwn(ctx context.Context, v access.Viewer, key string, value configs.Value) (Applied, error) {
	if err := v.Need(access.SelfChange, access.Own); err != nil {
		return Applied{}, err
	}
	if v.Employee == "" || !slices.Contains(own, key) {
		return Applied{}, cause.Errorf(cause.Denied, "%s of yours is changed by an administrator of the company", key)
	}
	newest, err := a.o.Store.For(v.Company).Version(ctx, 0)
	if err != nil {
		return Applied{}, err
	}
	document, err := configs.EditCompany(newest.Document, configs.Change{Place: []string{"employees", string(v.Employee), key}, Value: value})
	if err != nil {
		return Applied{}, err
	}
	if document == newest.Document {
		return Applied{Company: v.Company, Generation: newest.Generation, InForce: true}, nil
	}
	return a.Apply(ctx, v.Company, Apply{Document: document, Base: newest.Generation, Author: v.By(), Reason: "own settings"})
}
