package awsstate

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
)

// Read asks the control interface of the simulated AWS (test/awssim/control.go). It is no call of AWS's, so it is
// neither journaled nor throttled, and it shows the truth where AWS's own answers lag.
func Read(ctx context.Context, url string) (fabric.State, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/_awssim/state", http.NoBody)
	if err != nil {
		return fabric.State{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fabric.State{}, fmt.Errorf("state of AWS: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer dump
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fabric.State{}, fmt.Errorf("state of AWS: %s: %w", response.Status, err)
	}
	return answer.state(), nil
}

// dump is what is read of the answer: by account and region.
type dump struct {
	EC2 map[string]place `json:"ec2"`
}

type place struct {
	VPCs       []vpc              `json:"vpcSet"`
	Subnets    []subnet           `json:"subnetSet"`
	Tables     []routeTable       `json:"routeTableSet"`
	Rules      []rule             `json:"securityGroupRuleSet"`
	Interfaces []networkInterface `json:"networkInterfaceSet"`
	Peerings   []connection       `json:"vpcPeeringConnectionSet"`
}

type vpc struct {
	ID string `json:"vpcId"`
}

type subnet struct {
	ID    string `json:"subnetId"`
	VPC   string `json:"vpcId"`
	Block string `json:"cidrBlock"`
}

type routeTable struct {
	ID     string `json:"routeTableId"`
	VPC    string `json:"vpcId"`
	Routes []struct {
		Destination string `json:"destinationCidrBlock"`
		Peering     string `json:"vpcPeeringConnectionId"`
		State       string `json:"state"`
	} `json:"routeSet"`
	Associations []struct {
		Subnet string `json:"subnetId"`
		Main   bool   `json:"main"`
	} `json:"associationSet"`
}

type rule struct {
	Group      string `json:"groupId"`
	Egress     bool   `json:"isEgress"`
	Protocol   string `json:"ipProtocol"`
	From       int32  `json:"fromPort"`
	To         int32  `json:"toPort"`
	Block      string `json:"cidrIpv4"`
	Referenced *struct {
		Group string `json:"groupId"`
	} `json:"referencedGroupInfo"`
}

type networkInterface struct {
	ID      string `json:"networkInterfaceId"`
	Subnet  string `json:"subnetId"`
	MAC     string `json:"macAddress"`
	Address string `json:"privateIpAddress"`
	Checked bool   `json:"sourceDestCheck"`
	Groups  []struct {
		ID string `json:"groupId"`
	} `json:"groupSet"`
	Attachment *struct {
		Device int `json:"deviceIndex"`
	} `json:"attachment"`
	Addresses []struct {
		Address string `json:"privateIpAddress"`
		Primary bool   `json:"primary"`
	} `json:"privateIpAddressesSet"`
}

type connection struct {
	ID        string `json:"vpcPeeringConnectionId"`
	Requester end    `json:"requesterVpcInfo"`
	Accepter  end    `json:"accepterVpcInfo"`
	Status    struct {
		Code string `json:"code"`
	} `json:"status"`
}

type end struct {
	VPC    string `json:"vpcId"`
	Region string `json:"region"`
}
