package aws

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"
	"k8s.io/utils/clock"

	"github.com/crossvpc/crossvpc/internal/peering"
)

// listPageSize is the most that EC2 gives at once (GetManagedPrefixListEntries).
const listPageSize = 100

// listEntries is what a managed prefix list stands for.
type listEntries struct {
	blocks []netip.Prefix
	// unread says why the blocks are not known.
	unread string
	until  time.Time
}

type listCache struct {
	clock clock.PassiveClock
	mu    sync.Mutex
	known map[string]listEntries
}

func newListCache(c clock.PassiveClock) *listCache {
	return &listCache{clock: c, known: map[string]listEntries{}}
}

// spellLists adds to routes by prefix list what the lists stand for, each list
// read once for all tables. A list that the identity may not read, or that is
// gone, is said and no error: most routes have nothing to do with it.
func (r *Reader) spellLists(ctx context.Context, tables map[string][]peering.RouteTable) error {
	entries := map[string]*listEntries{}
	eachListRoute(tables, func(route *peering.Route) { entries[route.PrefixListID] = &listEntries{} })
	if err := r.readLists(ctx, entries); err != nil {
		return err
	}
	eachListRoute(tables, func(route *peering.Route) {
		route.Entries, route.Unread = entries[route.PrefixListID].blocks, entries[route.PrefixListID].unread
	})
	return nil
}

// spellRuleLists does the same for group rules about prefix lists.
func (r *Reader) spellRuleLists(ctx context.Context, rules map[string][]peering.SecurityGroupRule) error {
	entries := map[string]*listEntries{}
	eachListRule(rules, func(rule *peering.SecurityGroupRule) { entries[rule.PrefixListID] = &listEntries{} })
	if err := r.readLists(ctx, entries); err != nil {
		return err
	}
	eachListRule(rules, func(rule *peering.SecurityGroupRule) {
		rule.Entries, rule.Unread = entries[rule.PrefixListID].blocks, entries[rule.PrefixListID].unread
	})
	return nil
}

// readLists reads the lists that are asked for, side by side.
func (r *Reader) readLists(ctx context.Context, entries map[string]*listEntries) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelChunks)
	for id, found := range entries {
		group.Go(func() (err error) {
			*found, err = r.entriesOf(ctx, id)
			return err
		})
	}
	return group.Wait()
}

func eachListRule(rules map[string][]peering.SecurityGroupRule, visit func(*peering.SecurityGroupRule)) {
	for _, ofGroup := range rules {
		for i := range ofGroup {
			if ofGroup[i].PrefixListID != "" {
				visit(&ofGroup[i])
			}
		}
	}
}

// eachListRoute passes over the lists of gateway endpoints: they are AWS's own
// and name public addresses of S3 and DynamoDB (VPC user guide, "Gateway endpoints").
func eachListRoute(tables map[string][]peering.RouteTable, visit func(*peering.Route)) {
	for _, ofVPC := range tables {
		for _, table := range ofVPC {
			for i := range table.Routes {
				route := &table.Routes[i]
				if route.PrefixListID != "" && !strings.HasPrefix(route.Target, "vpce-") {
					visit(route)
				}
			}
		}
	}
}

func (r *Reader) entriesOf(ctx context.Context, id string) (listEntries, error) {
	if found, ok := r.lists.find(id); ok {
		return found, nil
	}
	pages := ec2.NewGetManagedPrefixListEntriesPaginator(r.api, &ec2.GetManagedPrefixListEntriesInput{
		PrefixListId: awssdk.String(id), MaxResults: awssdk.Int32(listPageSize),
	})
	read, err := all(ctx, pages, func(out *ec2.GetManagedPrefixListEntriesOutput) []ec2types.PrefixListEntry { return out.Entries })
	if failure := Classify(err); failure.Denied || failure.NotFound {
		return r.lists.keep(id, listEntries{unread: failure.Message}, unreadListTTL), nil
	}
	if err != nil {
		return listEntries{}, fmt.Errorf("reading the entries of %s: %w", id, err)
	}
	found := listEntries{}
	for _, entry := range read {
		if block := prefix(entry.Cidr); block.IsValid() {
			found.blocks = append(found.blocks, block)
		}
	}
	return r.lists.keep(id, found, listTTL), nil
}

func (l *listCache) find(id string) (listEntries, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, ok := l.known[id]
	return found, ok && l.clock.Now().Before(found.until)
}

func (l *listCache) keep(id string, found listEntries, ttl time.Duration) listEntries {
	l.mu.Lock()
	defer l.mu.Unlock()
	found.until = l.clock.Now().Add(ttl)
	l.known[id] = found
	return found
}
