// Access tokens, made with the secret that the measured server was given (src/accounts/jwt.hpp): one login for each of a
// hundred users would only measure Argon2.
import { createHmac, randomUUID } from 'node:crypto';

const kValidSeconds = 12 * 3600;

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export function signToken(user, secret, now = Date.now()) {
  const iat = Math.floor(now / 1000);
  const signed = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded({
    userId: user.id, xUserId: '', username: user.name, role: 'user', typ: 'access', iat, exp: iat + kValidSeconds,
    aud: 'x-bookmarker-app', iss: 'x-bookmarker', jti: randomUUID(),
  })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
