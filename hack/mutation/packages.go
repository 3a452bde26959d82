package main

import (
	"hash/fnv"
	"math/rand/v2"
)

// pure are the packages whose tests must notice every change: they decide, and read and write nothing.
var pure = []string{
	"./internal/cidr", "./internal/verdict", "./internal/message", "./internal/partition", "./internal/proof",
	"./internal/peering", "./internal/cilium", "./internal/cilium/backend", "./internal/cidrgroup",
	"./internal/rollout", "./internal/rollout/podrules", "./internal/rollout/driver", "./internal/rollout/executor",
	"./internal/clusterview", "./internal/verification",
}

// proven are those of them whose every survivor was read, and then killed or listed: what a sample is of. internal/peering was,
// and is again when the survivors in approval.go and plan_items.go are.
var proven = []string{
	"./internal/cidr", "./internal/verdict", "./internal/message", "./internal/partition", "./internal/proof", "./internal/cilium", "./internal/rollout/podrules",
}

// sampledPackages is how many packages a sample is of: each costs a build of its test binary.
const sampledPackages = 5

// chosenPackage is a package with how many of its mutants are tried; 0 tries all.
type chosenPackage struct {
	path   string
	sample int
	random *rand.Rand
}

// chosen is the same for the same seed.
func chosen(o options) []chosenPackage {
	list := o.packages
	switch {
	case len(list) > 0:
	case o.sample > 0:
		list = proven
	default:
		list = pure
	}
	var plan []chosenPackage
	if o.sample == 0 {
		for _, path := range list {
			plan = append(plan, chosenPackage{path: path})
		}
		return plan
	}
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(o.seed))
	random := rand.New(rand.NewPCG(hash.Sum64(), 0)) //nolint:gosec // a sample, no secret
	order := random.Perm(len(list))
	for _, i := range order[:min(sampledPackages, len(order))] {
		plan = append(plan, chosenPackage{list[i], max(1, o.sample/min(sampledPackages, len(order))), random})
	}
	return plan
}
