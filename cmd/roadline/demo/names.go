package demo

import (
	"context"

	"roadline/store"
)

// named are clients whom the company knows, by their number in clientNumber; of the others it has the number alone.
var named = map[int]store.Client{
	1: {Name: "Nikolai Petrov", Firm: "Romashka LLC"}, 2: {Name: "Vera Sokolova"}, 3: {Firm: "City Heating"}, 4: {Name: "Igor Belov", Firm: "Belov & Sons"},
	5: {Name: "Larisa Dmitrieva", Firm: "School 14"}, 6: {Firm: "North Timber Yard"}, 7: {Name: "Stepan Grishin"}, 8: {Name: "Galina Frolova", Firm: "Frolova Design"},
	9: {Firm: "Riverside Hotel"}, 10: {Name: "Timur Akhmetov", Firm: "Akhmetov Windows"}, 11: {Name: "Zoya Markova"}, 12: {Firm: "Lakeside Dental"},
}

// nameClients writes who the clients are, where nobody wrote it yet.
func nameClients(ctx context.Context, company *store.Tenant) error {
	known, err := company.Clients(ctx, store.ClientFilter{Limit: 1})
	if err != nil || len(known) > 0 {
		return err
	}
	var all []store.Client
	for n, c := range named {
		c.Number = clientNumber(n)
		all = append(all, c)
	}
	return company.SetClients(ctx, "petrova", all...)
}
