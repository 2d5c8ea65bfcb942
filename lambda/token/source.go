package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/singleflight"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

// source gives out tokens: kept ones, and otherwise new ones from Cognito.
type source struct {
	cognito *cognito
	cache   *cache
	metrics *metric.Counter

	flight singleflight.Group
}

// grant returns a token for the client's app client with exactly these scopes.
// When Cognito does not answer, a kept token that has not ended is good enough;
// when it refuses, none is.
func (s *source) grant(ctx context.Context, clientID string, app client, scopes []string) (grant, error) {
	key := cacheKey(clientID, app, scopes)
	kept, settled, found := s.cache.get(key)
	if settled {
		s.metrics.Count(contract.MetricTokenCacheHits, s.cache.now())
		return kept, nil
	}
	fresh, err := s.fetch(ctx, key, app, scopes)
	if err == nil {
		return fresh, nil
	}
	if errors.Is(err, errCognitoRefused) {
		// The app client is gone or locked: what it was given ends with it.
		s.cache.drop(key)
		return grant{}, err
	}
	if found {
		logging.From(ctx).Warn("hand out a kept token, because there is no new one", "clientId", clientID, "error", err)
		return kept, nil
	}
	return grant{}, err
}

// fetch gets a token from Cognito. Requests for the same token at the same
// time share one, because Cognito bills and limits each.
func (s *source) fetch(ctx context.Context, key string, app client, scopes []string) (grant, error) {
	asked := false
	done := s.flight.DoChan(key, func() (any, error) {
		// Somebody may have been faster between the look and the flight.
		if kept, settled, _ := s.cache.get(key); settled {
			return kept, nil
		}
		asked = true
		// The token is for everyone: one caller who leaves must not end it.
		return s.ask(context.WithoutCancel(ctx), key, app, scopes)
	})
	select {
	case result := <-done:
		if !asked {
			s.metrics.Count(contract.MetricTokenCacheHits, s.cache.now())
		}
		if result.Err != nil {
			return grant{}, result.Err
		}
		return result.Val.(grant), nil
	case <-ctx.Done():
		return grant{}, fmt.Errorf("%w: wait for the token: %w", errCognitoUnavailable, ctx.Err())
	}
}

func (s *source) ask(ctx context.Context, key string, app client, scopes []string) (grant, error) {
	s.metrics.Count(contract.MetricTokenCacheMisses, s.cache.now())
	fresh, err := s.cognito.exchange(ctx, app, scopes)
	if err == nil {
		s.cache.put(key, fresh)
		return fresh, nil
	}
	s.metrics.Count(contract.MetricCognitoFailures, s.cache.now())
	if errors.Is(err, errCognitoUnavailable) {
		s.cache.postpone(key, retryAfter)
	}
	return grant{}, err
}

// cacheKey includes the app client: when it is replaced, tokens of the old one
// must not be handed out any more.
func cacheKey(clientID string, app client, scopes []string) string {
	return clientID + "\n" + app.CognitoClientID + "\n" + strings.Join(scopes, " ")
}
