package peering

import (
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestA6SelectTables(t *testing.T) {
	tables := []RouteTable{
		{ID: "rtb-main", Main: true},
		{ID: "rtb-b", Subnets: []string{"subnet-b"}, Tags: map[string]string{"tier": "pods", "zone": "b"}},
		{ID: "rtb-a", Subnets: []string{"subnet-a", "subnet-a2"}, Tags: map[string]string{"tier": "pods"}},
		{ID: "rtb-edge", Edge: true, Subnets: []string{"subnet-e"}, Tags: map[string]string{"tier": "pods"}},
	}
	auto := v1alpha1.SideRoutes{Tables: v1alpha1.SelectAuto}
	cluster := []v1alpha1.LocalName{{Name: "eu"}}
	for name, test := range map[string]struct {
		spec       v1alpha1.SideRoutes
		clusters   []v1alpha1.LocalName
		networks   []*v1alpha1.ClusterNetwork
		subnets    []string
		want       []string
		incomplete bool
		findings   int
	}{
		"Auto takes the tables of the clusters' subnets":              {spec: auto, clusters: cluster, networks: []*v1alpha1.ClusterNetwork{network("subnet-b")}, want: []string{"rtb-b"}},
		"Auto takes the main table for a subnet without its own":      {spec: auto, clusters: cluster, networks: []*v1alpha1.ClusterNetwork{network("subnet-b"), network("subnet-x")}, want: []string{"rtb-b", "rtb-main"}},
		"Auto takes the main table for a subnet seen without its own": {spec: auto, clusters: cluster, networks: []*v1alpha1.ClusterNetwork{network("subnet-x")}, subnets: []string{"subnet-x"}, want: []string{"rtb-main"}},
		"Auto takes no table for a subnet that was deleted":           {spec: auto, clusters: cluster, networks: []*v1alpha1.ClusterNetwork{network("subnet-b"), network("subnet-x")}, subnets: []string{}, want: []string{"rtb-b"}},
		"Auto takes a table once for many subnets":                    {spec: auto, clusters: cluster, networks: []*v1alpha1.ClusterNetwork{network("subnet-a"), network("subnet-a2")}, want: []string{"rtb-a"}},
		"Auto passes over a gateway's table":                          {spec: auto, clusters: cluster, networks: []*v1alpha1.ClusterNetwork{network("subnet-e")}},
		"Auto is incomplete while a cluster has not reported":         {spec: auto, clusters: cluster, networks: []*v1alpha1.ClusterNetwork{nil, network("subnet-a")}, want: []string{"rtb-a"}, incomplete: true},
		"Auto without clusters takes all but a gateway's":             {spec: auto, want: []string{"rtb-a", "rtb-b", "rtb-main"}},
		"an empty choice is Auto":                                     {clusters: cluster, networks: []*v1alpha1.ClusterNetwork{network("subnet-a")}, want: []string{"rtb-a"}},
		"All takes all but a gateway's":                               {spec: v1alpha1.SideRoutes{Tables: v1alpha1.SelectAll}, clusters: cluster, want: []string{"rtb-a", "rtb-b", "rtb-main"}},
		"Selected takes ids and tags together":                        {spec: v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableIDs: []string{"rtb-main"}, RouteTableTags: map[string]v1alpha1.TagValue{"zone": "b"}}, want: []string{"rtb-b", "rtb-main"}},
		"Selected by several tags takes those that carry all":         {spec: v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableTags: map[string]v1alpha1.TagValue{"tier": "pods", "zone": "b"}}, want: []string{"rtb-b"}},
		"Selected by tag passes over a gateway's table":               {spec: v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableTags: map[string]v1alpha1.TagValue{"tier": "pods"}}, want: []string{"rtb-a", "rtb-b"}},
		"Selected reports a gateway's table by id, and unknown ids":   {spec: v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableIDs: []string{"rtb-edge", "rtb-x"}}, findings: 2},
		"None looks at the tables of the clusters' subnets":           {spec: v1alpha1.SideRoutes{Tables: v1alpha1.SelectNone}, clusters: cluster, networks: []*v1alpha1.ClusterNetwork{network("subnet-a")}, want: []string{"rtb-a"}},
		"None without clusters misses nothing":                        {spec: v1alpha1.SideRoutes{Tables: v1alpha1.SelectNone}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			s.side(Requester).RouteTables = tables
			s.Spec.Requester.Routes, s.Spec.Requester.ClusterRefs = test.spec, test.clusters
			s.Networks.Requester, s.side(Requester).Subnets = test.networks, test.subnets
			selection := SelectTables(s.Request, s.Snapshot, Requester)
			var got []string
			for _, table := range selection.Items {
				got = append(got, table.ID)
			}
			expectLines(t, "tables", test.want, got)
			if selection.Incomplete != test.incomplete || len(selection.Findings) != test.findings {
				t.Errorf("incomplete is %t, findings are %v", selection.Incomplete, selection.Findings)
			}
			if tables[0].ID != "rtb-main" {
				t.Error("the snapshot was reordered")
			}
		})
	}
}
