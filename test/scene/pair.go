package scene

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// Where the two sides of a Pair are, unless said otherwise.
const (
	RequesterAccount = "111111111111"
	RequesterRegion  = "eu-west-1"
	AccepterAccount  = "222222222222"
	AccepterRegion   = "us-east-1"
)

// Pair is two VPCs to be peered.
type Pair struct{ Requester, Accepter *Network }

// Canonical makes the graph that calls and times are measured on: two regions and accounts, and on each side two blocks,
// three zones, three route tables beside the main one and two security groups. All blocks of both sides fit in 10.8.0.0/13.
func Canonical(ctx context.Context, accounts *Accounts) (*Pair, error) {
	return AddPair(ctx, accounts, CanonicalRequester(), CanonicalAccepter())
}

// CanonicalRequester is the requester's side of Canonical.
func CanonicalRequester() NetworkSpec {
	return NetworkSpec{Account: RequesterAccount, Region: RequesterRegion, Name: "eu", Blocks: []string{"10.11.0.0/16", "10.13.0.0/16"}}
}

// CanonicalAccepter is the accepter's side of Canonical.
func CanonicalAccepter() NetworkSpec {
	return NetworkSpec{Account: AccepterAccount, Region: AccepterRegion, Name: "us", Blocks: []string{"10.12.0.0/16", "10.14.0.0/16"}}
}

// Rivals makes n pairs, at most 100, such as rivals were measured on: one block, three tables and one group a side, so
// that a peering has 6 routes and 2 rules. Every requester is in one account and region, every accepter in another one.
func Rivals(ctx context.Context, accounts *Accounts, n int) ([]*Pair, error) {
	const atMost = 100
	if n > atMost {
		return nil, fmt.Errorf("%d pairs: want at most %d", n, atMost)
	}
	pairs := make([]*Pair, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range n {
		group.Go(func() (err error) {
			pairs[i], err = AddPair(ctx, accounts, rival(i, RequesterAccount, RequesterRegion, "eu", 1), rival(i, AccepterAccount, AccepterRegion, "us", 101))
			return err
		})
	}
	return pairs, group.Wait()
}

func rival(i int, account, region, name string, firstOctet int) NetworkSpec {
	return NetworkSpec{
		Account: account, Region: region, Name: fmt.Sprintf("%s-%d", name, i), Groups: []string{PodGroup},
		Blocks: []string{fmt.Sprintf("10.%d.0.0/16", firstOctet+i)},
	}
}

// AddPair makes two networks side by side.
func AddPair(ctx context.Context, accounts *Accounts, requester, accepter NetworkSpec) (*Pair, error) {
	pair := &Pair{}
	group, ctx := errgroup.WithContext(ctx)
	for spec, network := range map[*NetworkSpec]**Network{&requester: &pair.Requester, &accepter: &pair.Accepter} {
		group.Go(func() (err error) {
			*network, err = AddNetwork(ctx, accounts, *spec)
			return err
		})
	}
	return pair, group.Wait()
}
