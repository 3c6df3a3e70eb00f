// The product's own, so that a route costs here what it costs there.
import product from '../../next.config.ts';

export default product;
